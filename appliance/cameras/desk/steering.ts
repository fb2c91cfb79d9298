import type { Clock } from '#kit/media/clock.ts';
import type { CameraLimits, OnAirMoves } from '../../contract/cameras.ts';
import { STILL, type PtzCamera, type Velocity } from '../ptz-camera.ts';
import { awake, NOBODY, OPERATOR, wished, type Holding } from './holder.ts';
import { withinLimits } from './limits.ts';
import { smoothed } from './on-air.ts';

export interface SteeringParts {
  readonly head: PtzCamera;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly limits: () => CameraLimits | null;
  readonly moves: () => OnAirMoves;
}

/** A video frame: cameras take no more commands than that. */
const TICK_MS = 40;

/** Drives one head for whoever holds it: the newest touch, as far as limits and audience allow, and no longer than they keep asking. */
export class Steering {
  readonly #parts: SteeringParts;
  #holding: Holding = NOBODY;
  #wanted: Velocity = STILL;
  #sent: Velocity = STILL;
  #sentAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SteeringParts) {
    this.#parts = parts;
  }

  /** False: somebody else has the camera. */
  wish(velocity: Velocity, owner: string): boolean {
    const nowMs = this.#parts.clock.nowMs();
    const { holding, heard } = wished(this.#holding, owner, isStill(velocity), nowMs);
    this.#holding = holding;
    if (!heard) return false;
    if (isStill(velocity)) return this.#rest(), true;
    this.#wanted = velocity;
    this.#send(this.#allowed(nowMs), nowMs);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    return true;
  }

  /** Whoever steers. */
  stop(): void {
    this.#holding = { ...this.#holding, holder: null };
    this.#rest();
  }

  /** What this owner drives stops: its connection is gone. */
  release(owner: string): void {
    if (this.#holding.holder?.owner === owner) this.stop();
  }

  #tick(): void {
    const nowMs = this.#parts.clock.nowMs();
    this.#holding = awake(this.#holding, nowMs);
    if (this.#holding.holder === null) return this.#rest();
    const velocity = this.#allowed(nowMs);
    if (!same(velocity, this.#sent)) this.#send(velocity, nowMs);
  }

  #allowed(nowMs: number): Velocity {
    const { head, limits, moves } = this.#parts;
    // The automatic operator has its own, finer way to be gentle.
    const gently = moves() === 'smooth' && this.#holding.holder?.owner !== OPERATOR;
    const elapsedMs = Math.min(TICK_MS, nowMs - this.#sentAtMs);
    const wanted = gently ? smoothed(this.#sent, this.#wanted, elapsedMs) : this.#wanted;
    return withinLimits(wanted, head.status(), limits(), head.capabilities().fullSpeed);
  }

  #send(velocity: Velocity, nowMs: number): void {
    this.#sent = velocity;
    this.#sentAtMs = nowMs;
    this.#parts.head.drive(velocity);
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#wanted = STILL;
    this.#sent = STILL;
    this.#parts.head.stop();
  }
}

export function isStill({ pan, tilt, zoom }: Velocity): boolean {
  return pan === 0 && tilt === 0 && zoom === 0;
}

function same(a: Velocity, b: Velocity): boolean {
  return a.pan === b.pan && a.tilt === b.tilt && a.zoom === b.zoom;
}

import type { Clock } from '#kit/media/clock.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { CameraSettings, CameraState, CareAction, OnAirMoves } from '../../contract/cameras.ts';
import { STILL, type PtzCamera, type Velocity } from '../ptz-camera.ts';
import { careCommands, careOf } from './care.ts';
import { centring } from './centre.ts';
import { OPERATOR } from './holder.ts';
import { clampedTo, type Position } from './limits.ts';
import { movesNow, SMOOTH_SPEED } from './on-air.ts';
import { parkDue } from './parking.ts';
import { PresetKeeper, type PresetPositions } from './preset-keeper.ts';
import { isStill, Steering } from './steering.ts';

export interface StationParts {
  readonly id: string;
  readonly name: string;
  readonly head: PtzCamera;
  readonly source: string | null;
  readonly fieldOfViewDeg: number | null;
  readonly settings: () => CameraSettings;
  readonly onAir: () => boolean;
  readonly positions: PresetPositions;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
}

const HOME: Position = { panDeg: 0, tiltDeg: 0, zoom: 1 };

/** One camera of the room with everything that keeps its moves safe. */
export class Station {
  readonly #parts: StationParts;
  readonly #steering: Steering;
  readonly #presets: PresetKeeper;
  #quietSinceMs: number;
  #parkTriedAtMs: number | null = null;
  #parked = false;

  constructor(parts: StationParts) {
    const { id, head, clock, positions, log } = parts;
    const limits = () => parts.settings().limits;
    this.#parts = parts;
    this.#steering = new Steering({ head, clock, limits, moves: () => this.moves });
    this.#presets = new PresetKeeper({ camera: id, head, positions, limits, log });
    this.#quietSinceMs = clock.nowMs();
  }

  get onAir(): boolean {
    return this.#parts.onAir();
  }

  /** How it may be moved by hand now. */
  get moves(): OnAirMoves {
    return movesNow(this.#parts.settings().onAirMoves, this.#parts.onAir());
  }

  /** @throws CodedError `camera_on_air`; letting go is never refused */
  drive(velocity: Velocity, owner: string): boolean {
    if (isStill(velocity)) return this.#steering.wish(velocity, owner);
    // It asks several times a second, and is told by standing still.
    if (owner === OPERATOR && this.moves === 'refuse') return this.#steering.wish(STILL, owner);
    this.#mayMove();
    this.#touched();
    return this.#steering.wish(velocity, owner);
  }

  stop(): void {
    this.#steering.stop();
  }

  release(owner: string): void {
    this.#steering.release(owner);
  }

  async home(): Promise<void> {
    this.#mayMove();
    this.#touched();
    await this.#goHome();
  }

  async recall(preset: string): Promise<void> {
    this.#mayMove();
    this.#touched();
    await this.#presets.recall(preset, { smooth: this.moves === 'smooth' });
  }

  async save(preset: string, name: string): Promise<void> {
    this.#touched();
    await this.#presets.save(preset, name);
  }

  /** Turns until what was at this point of the picture (fractions, from the top left) is in its middle, or the limit is reached. */
  async centre(point: { readonly x: number; readonly y: number }): Promise<void> {
    this.#mayMove();
    this.#touched();
    const { head, settings, fieldOfViewDeg } = this.#parts;
    const at = head.status();
    const turn = centring(point, at, fieldOfViewDeg ?? head.capabilities().fieldOfViewDeg);
    const { to } = clampedTo(settings().limits, { panDeg: at.panDeg + turn.panDeg, tiltDeg: at.tiltDeg + turn.tiltDeg, zoom: at.zoom });
    await head.execute({ type: 'move-by', panDeg: to.panDeg - at.panDeg, tiltDeg: to.tiltDeg - at.tiltDeg, speed: this.moves === 'smooth' ? SMOOTH_SPEED : 1 });
  }

  /** @throws CodedError `camera_cannot` */
  async care(action: CareAction): Promise<void> {
    const { head, name } = this.#parts;
    const commands = careCommands(action, head.capabilities());
    if (commands.length === 0) throw new CodedError('camera_cannot', `${name} cannot do that.`, { status: 400 });
    for (const command of commands) await head.execute(command);
  }

  /** Called a few times a second: a camera that nobody needs is sent to its resting place. */
  tick(classNear: boolean): void {
    const { clock, settings, head, log, id } = this.#parts;
    const nowMs = clock.nowMs();
    if (classNear) this.#awake(nowMs);
    const { parking } = settings();
    const due = parkDue({ parking, quietSinceMs: this.#quietSinceMs, triedAtMs: this.#parkTriedAtMs, parked: this.#parked, nowMs });
    if (parking === null || !due || head.status().link === 'lost') return;
    this.#parkTriedAtMs = nowMs;
    const rest = parking.preset === null ? this.#goHome() : this.#presets.recall(parking.preset, { smooth: false });
    rest.then(() => (this.#parked = true)).catch((thrown: unknown) => log.warn({ camera: id, reason: reasonOf(thrown) }, 'the camera could not be parked'));
  }

  state(): Omit<CameraState, 'presets' | 'framing'> {
    const { id, name, head, source, onAir } = this.#parts;
    const { link, panDeg, tiltDeg, zoom, moving, advice, power } = head.status();
    return {
      id, name, link, panDeg, tiltDeg, zoom, moving, advice,
      onAir: onAir(), moves: this.moves, can: careOf(head.capabilities()), ...(power === undefined ? {} : { power }), ...(source === null ? {} : { source }),
    };
  }

  async #goHome(): Promise<void> {
    const { head, settings } = this.#parts;
    const { to, short } = clampedTo(settings().limits, HOME);
    const gently = this.moves === 'smooth';
    const direct = (gently || short) && head.capabilities().commands.includes('move-to');
    await head.execute(direct ? { type: 'move-to', ...to, speed: gently ? SMOOTH_SPEED : 1 } : { type: 'home' });
  }

  #mayMove(): void {
    if (this.moves !== 'refuse') return;
    throw new CodedError('camera_on_air', `Students are watching ${this.#parts.name}: it is set to stand still on air. Show another picture first.`, { status: 409 });
  }

  #touched(): void {
    this.#presets.forget();
    this.#awake(this.#parts.clock.nowMs());
  }

  #awake(nowMs: number): void {
    this.#quietSinceMs = nowMs;
    this.#parkTriedAtMs = null;
    this.#parked = false;
  }
}

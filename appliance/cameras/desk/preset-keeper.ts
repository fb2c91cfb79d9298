import { codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { CameraLimits } from '../../contract/cameras.ts';
import type { PtzCamera } from '../ptz-camera.ts';
import { clampedTo, type Position } from './limits.ts';
import { SMOOTH_SPEED } from './on-air.ts';
import { near, recallVerdict } from './recall-verdict.ts';
import { standsStill } from './stand-still.ts';

/** Where each saved view was, over restarts of the box and of the camera. */
export interface PresetPositions {
  position(camera: string, preset: string): Position | null;
  setPosition(camera: string, preset: string, position: Position): void;
}

export interface KeeperParts {
  readonly camera: string;
  readonly head: PtzCamera;
  readonly positions: PresetPositions;
  readonly limits: () => CameraLimits | null;
  readonly log: Log;
}

const ARRIVES_WITHIN_MS = 15_000;

/** The views of one camera: saved in its own memory, remembered by the box as well, and put back when the camera has lost them. */
export class PresetKeeper {
  readonly #parts: KeeperParts;
  #watching = new AbortController();

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Somebody moves the camera: where a recall ends says nothing any more. */
  forget(): void {
    this.#watching.abort();
  }

  /** @throws CodedError what the camera says */
  async recall(preset: string, how: { readonly smooth: boolean }): Promise<void> {
    this.forget();
    const { camera, head, positions, limits } = this.#parts;
    const remembered = positions.position(camera, preset);
    if (remembered === null || !this.#turnsTo) return head.execute({ type: 'preset-recall', preset });
    const { to, short } = clampedTo(limits(), remembered);
    if (how.smooth || short) return head.execute({ type: 'move-to', ...to, speed: how.smooth ? SMOOTH_SPEED : 1 });
    const before = head.status();
    try {
      await head.execute({ type: 'preset-recall', preset });
    } catch (thrown) {
      // "Not executable": there is nothing in this memory.
      if (codeOf(thrown) !== 'camera_refused') throw thrown;
      await head.execute({ type: 'move-to', ...remembered });
      return this.#meanwhile((signal) => this.#restore(preset, remembered, signal));
    }
    this.#meanwhile((signal) => this.#verify(preset, remembered, before, signal));
  }

  async save(preset: string, name: string): Promise<void> {
    this.forget();
    const { camera, head, positions } = this.#parts;
    await head.execute({ type: 'preset-save', preset, name });
    const { panDeg, tiltDeg, zoom } = head.status();
    positions.setPosition(camera, preset, { panDeg, tiltDeg, zoom });
  }

  get #turnsTo(): boolean {
    return this.#parts.head.capabilities().commands.includes('move-to');
  }

  async #verify(preset: string, remembered: Position, before: Position, signal: AbortSignal): Promise<void> {
    const { camera, head, positions } = this.#parts;
    if (!(await standsStill(head, ARRIVES_WITHIN_MS, signal))) return;
    const { panDeg, tiltDeg, zoom } = head.status();
    const verdict = recallVerdict(remembered, before, { panDeg, tiltDeg, zoom });
    if (verdict === 'changed') positions.setPosition(camera, preset, { panDeg, tiltDeg, zoom });
    if (verdict !== 'lost') return;
    await head.execute({ type: 'move-to', ...remembered });
    await this.#restore(preset, remembered, signal);
  }

  /** Once the head stands where the view was, it is saved again. */
  async #restore(preset: string, remembered: Position, signal: AbortSignal): Promise<void> {
    const { camera, head, log } = this.#parts;
    if (!(await standsStill(head, ARRIVES_WITHIN_MS, signal)) || !near(head.status(), remembered)) return;
    await head.execute({ type: 'preset-save', preset });
    log.info({ camera, preset }, 'the camera had lost a view; it was saved again');
  }

  #meanwhile(work: (signal: AbortSignal) => Promise<void>): void {
    const { log, camera } = this.#parts;
    this.#watching = new AbortController();
    work(this.#watching.signal).catch((thrown: unknown) => log.warn({ camera, reason: reasonOf(thrown) }, 'a view could not be put back'));
  }
}

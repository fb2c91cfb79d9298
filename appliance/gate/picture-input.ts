import type { ByteReader } from './dial.ts';
import type { Frame, FramePool } from './frames.ts';
import { fingerprintOf, meanLumaOf } from './picture-facts.ts';

export interface PictureInputOptions {
  readonly pool: FramePool;
  readonly frameBytes: number;
  readonly lumaBytes: number;
  /** Frames are shown this much later than they came, ms. */
  readonly delayMs: number;
  readonly nowMs: () => number;
}

interface Waiting {
  readonly frame: Frame;
  readonly arrivedMs: number;
}

/** Frames that wait for their tick: one more than a steady source needs, which takes up the jitter of both sides. */
const WAITING_MAX = 2;
/** When at every one of so many ticks a second frame waited, the queue only adds delay: one is dropped. */
const EXCESS_TICKS = 25;
/** No frame for so long: the source has stalled and its slate is shown. */
export const STALLED_AFTER_MS = 500;

/** Puts one source's raw frames together and answers, at each tick, which one is on. */
export class PictureInput implements ByteReader {
  readonly #options: PictureInputOptions;
  #filling: Frame;
  #filled = 0;
  #waiting: Waiting[] = [];
  #current: Frame | null = null;
  #excessTicks = 0;
  #lastArrivalMs: number | null = null;
  #received = 0;

  constructor(options: PictureInputOptions) {
    this.#options = options;
    this.#filling = options.pool.take();
  }

  room(): Uint8Array {
    return this.#filling.bytes.subarray(this.#filled);
  }

  took(bytes: number): void {
    this.#filled += bytes;
    if (this.#filled < this.#options.frameBytes) return;
    this.#lastArrivalMs = this.#options.nowMs();
    this.#received += 1;
    this.#waiting.push({ frame: this.#filling, arrivedMs: this.#lastArrivalMs });
    this.#filling = this.#options.pool.take();
    this.#filled = 0;
  }

  closed(): void {
    this.#filled = 0;
  }

  /** The frame of this tick, owned by the input; null while the source is stalled or has never sent. */
  tick(): Frame | null {
    this.#advance(this.#options.nowMs());
    return this.isStalled() ? null : this.#current;
  }

  isStalled(): boolean {
    return this.#lastArrivalMs === null || this.#options.nowMs() - this.#lastArrivalMs > STALLED_AFTER_MS + this.#options.delayMs;
  }

  #advance(nowMs: number): void {
    let due = this.#waiting.findIndex(({ arrivedMs }) => arrivedMs + this.#options.delayMs > nowMs);
    if (due === -1) due = this.#waiting.length;
    this.#excessTicks = due > 1 ? this.#excessTicks + 1 : 0;
    const drop = this.#excessTicks > EXCESS_TICKS ? due - 1 : Math.max(0, due - WAITING_MAX);
    if (drop > 0) this.#excessTicks = 0;
    for (const { frame } of this.#waiting.splice(0, drop)) frame.release();
    const next = due > 0 ? this.#waiting.shift() : undefined;
    if (next === undefined) return;
    this.#current?.release();
    this.#current = next.frame;
  }

  /** Facts since the last call, `elapsedMs` ago. */
  report(elapsedMs: number): { fps: number; ageMs: number | null; luma: number | null; fingerprint: number | null } {
    const fps = (this.#received * 1000) / elapsedMs;
    this.#received = 0;
    const ageMs = this.#lastArrivalMs === null ? null : this.#options.nowMs() - this.#lastArrivalMs;
    const luma = this.#current?.bytes.subarray(0, this.#options.lumaBytes) ?? null;
    return { fps, ageMs, luma: luma && meanLumaOf(luma), fingerprint: luma && fingerprintOf(luma) };
  }
}

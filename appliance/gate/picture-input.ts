import type { ByteReader } from './dial.ts';
import type { Frame, FramePool } from './frames.ts';
import { RunningMedian } from './running-median.ts';
import { SteadyArrivals } from './steady-arrivals.ts';
import { fingerprintOf, meanLumaOf } from './picture-facts.ts';

export interface PictureInputOptions {
  readonly pool: FramePool;
  readonly frameBytes: number;
  readonly lumaBytes: number;
  /** Frames are shown this much later than they came, ms. */
  readonly delayMs: number;
  /** While the source is connected; 500 ms unless told. A connection that ended is given no more than that. */
  readonly stalledAfterMs?: number | undefined;
  readonly nowMs: () => number;
}

interface Waiting {
  readonly frame: Frame;
  readonly arrivedMs: number;
  /** When it would have come had it not been late. */
  readonly steadyMs: number;
}

/** Frames that wait for their tick: one more than a steady source needs, which takes up the jitter of both sides. */
const WAITING_MAX = 2;
/** A second frame that waits at all but so few of so many ticks only adds delay: one is dropped. Two seconds at 25 fps. */
const WINDOW_TICKS = 50;
const LEAN_TICKS_MAX = 2;
/** Frames that the usual wait is taken of: two seconds at 25 fps. */
const WAIT_WINDOW = 50;
/** Holds that differ by less hardly change which tick a frame is on at, ms. */
const SAME_HOLD_MS = 5;
/** No frame for so long: the source has stalled and its slate is shown. */
export const STALLED_AFTER_MS = 500;

/** Puts one source's raw frames together and answers, at each tick, which one is on. */
export class PictureInput implements ByteReader {
  readonly #options: PictureInputOptions;
  #filling: Frame;
  #filled = 0;
  #waiting: Waiting[] = [];
  #current: Frame | null = null;
  #ticks = 0;
  #leanTicks = 0;
  #lastArrivalMs: number | null = null;
  #received = 0;
  #lost = 0;
  /** Ticks in a row without a new frame since this connection gave its first; null before that. */
  #emptyTicks: number | null = null;
  #isOpen = false;
  #holdMs = 0;
  readonly #arrivals = new SteadyArrivals();
  readonly #waits = new RunningMedian(WAIT_WINDOW);
  #onFrame: (frame: Frame) => void = () => undefined;

  constructor(options: PictureInputOptions) {
    this.#options = options;
    this.#filling = options.pool.take();
  }

  /** Beside its own delay: what aligns it with the room's other sources. */
  setHold(holdMs: number): void {
    // What was measured with another hold says nothing of this one.
    if (Math.abs(holdMs - this.#holdMs) > SAME_HOLD_MS) this.#waits.clear();
    this.#holdMs = holdMs;
  }

  /** Who is shown each frame as it comes; the frame is not his to keep. */
  onFrame(watcher: (frame: Frame) => void): void {
    this.#onFrame = watcher;
  }

  /** From its arrival to its first tick, as frames lately had it, without the source's own delay; null before the first, and after the hold was changed. */
  get waitMs(): number | null {
    const waitMs = this.#waits.value;
    return waitMs === null ? null : waitMs - this.#options.delayMs;
  }

  room(): Uint8Array {
    return this.#filling.bytes.subarray(this.#filled);
  }

  took(bytes: number): void {
    this.#isOpen = true;
    this.#filled += bytes;
    if (this.#filled < this.#options.frameBytes) return;
    this.#lastArrivalMs = this.#options.nowMs();
    this.#received += 1;
    this.#emptyTicks ??= 0;
    const frame = this.#takeFilled();
    this.#onFrame(frame);
    this.#waiting.push({ frame, arrivedMs: this.#lastArrivalMs, steadyMs: this.#arrivals.add(this.#lastArrivalMs) });
    this.#filled = 0;
  }

  /** Slides that stand still are one and the same frame, which nobody has to draw again. A camera's noise tells its frames apart in their first bytes. */
  #takeFilled(): Frame {
    const before = this.#waiting.at(-1)?.frame ?? this.#current;
    if (before?.bytes.equals(this.#filling.bytes) === true) return before.hold();
    const filled = this.#filling;
    this.#filling = this.#options.pool.take();
    return filled;
  }

  closed(): void {
    this.#isOpen = false;
    this.#filled = 0;
    this.#emptyTicks = null;
  }

  /** The frame of the tick that is of `tickMs`, owned by the input; null while the source is stalled or has never sent. */
  tick(tickMs: number = this.#options.nowMs()): Frame | null {
    this.#advance(this.#options.nowMs(), tickMs);
    return this.isStalled() ? null : this.#current;
  }

  /** What it gives at present; null while it is stalled or has never sent. */
  get shown(): Frame | null {
    return this.isStalled() ? null : this.#current;
  }

  isStalled(): boolean {
    const { nowMs, stalledAfterMs } = this.#options;
    const limitMs = this.#isOpen && stalledAfterMs !== undefined ? stalledAfterMs : STALLED_AFTER_MS;
    return this.#lastArrivalMs === null || nowMs() - this.#lastArrivalMs > limitMs + this.#delayMs;
  }

  get #delayMs(): number {
    return this.#options.delayMs + this.#holdMs;
  }

  #advance(nowMs: number, tickMs: number): void {
    if (this.isStalled()) {
      this.#emptyTick();
      return this.#forget();
    }
    let due = this.#waiting.findIndex(({ steadyMs }) => steadyMs + this.#delayMs > nowMs);
    if (due === -1) due = this.#waiting.length;
    const drop = this.#isExcessive(due) ? due - 1 : Math.max(0, due - WAITING_MAX);
    for (const { frame } of this.#waiting.splice(0, drop)) frame.release();
    const next = due > 0 ? this.#waiting.shift() : undefined;
    if (next === undefined) return this.#emptyTick();
    this.#countLost(drop);
    this.#waits.add(tickMs - next.arrivedMs);
    this.#current?.release();
    this.#current = next.frame;
  }

  #emptyTick(): void {
    if (this.#emptyTicks !== null) this.#emptyTicks += 1;
  }

  /**
   * Frames that are left out were lost where ticks went without them just before: they came late, and all at once. A source that is faster
   * than the program leaves no tick empty, and loses none of what anybody could have seen.
   */
  #countLost(leftOut: number): void {
    this.#lost += Math.min(leftOut, this.#emptyTicks ?? 0);
    if (this.#emptyTicks !== null) this.#emptyTicks = 0;
  }

  /** What comes after a stall may be of somebody else: until its first frame is due the last one of before is nobody's to see. */
  #forget(): void {
    for (const { frame } of this.#waiting.splice(0)) frame.release();
    this.#current?.release();
    this.#current = null;
  }

  #isExcessive(due: number): boolean {
    this.#ticks += 1;
    if (due < 2) this.#leanTicks += 1;
    if (this.#ticks < WINDOW_TICKS) return false;
    const isExcessive = this.#leanTicks <= LEAN_TICKS_MAX && due > 1;
    this.#ticks = 0;
    this.#leanTicks = 0;
    return isExcessive;
  }

  /** Facts since the last call, `elapsedMs` ago. */
  report(elapsedMs: number): { fps: number; lost: number; ageMs: number | null; luma: number | null; fingerprint: number | null } {
    const fps = (this.#received * 1000) / elapsedMs;
    const lost = this.#lost;
    this.#received = 0;
    this.#lost = 0;
    const ageMs = this.#lastArrivalMs === null ? null : this.#options.nowMs() - this.#lastArrivalMs;
    const luma = this.#current?.bytes.subarray(0, this.#options.lumaBytes) ?? null;
    return { fps, lost, ageMs, luma: luma && meanLumaOf(luma), fingerprint: luma && fingerprintOf(luma) };
  }
}

import { RunningMedian } from './running-median.ts';

/** Frames that the usual distance is taken of. */
const WINDOW = 25;
/** A frame that is later than this is not late: the source left some out, or has stalled. */
const LATE_MAX_MS = 60;
/** A source that has become slower for good is followed with so much of it a frame: in a second or so. */
const FOLLOWED = 0.05;

/** When frames would come if nothing on their way were ever busy: what is held back anyway need not be late on air because it came late. */
export class SteadyArrivals {
  readonly #distances = new RunningMedian(WINDOW);
  #lastMs: number | null = null;
  #steadyMs = 0;

  /** When a frame that came now would have come, ms. */
  add(nowMs: number): number {
    const usualMs = this.#distances.value;
    const lateMs = usualMs === null ? 0 : nowMs - this.#steadyMs - usualMs;
    if (this.#lastMs !== null) this.#distances.add(nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.#steadyMs = lateMs > 0 && lateMs <= LATE_MAX_MS ? nowMs - lateMs * (1 - FOLLOWED) : nowMs;
    return this.#steadyMs;
  }
}

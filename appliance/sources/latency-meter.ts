/** Samples that the median is taken of: two seconds of pictures. */
const WINDOW = 50;
/** Before these many, one slow start would count for all. */
const LEAST = 10;
const TELL_EVERY = 25;
const STEP_MS = 1;
/** Weight of the newest median. */
const SMOOTHING = 0.3;

/** The usual delay of a source: a median, told rarely and only where it moved. */
export class LatencyMeter {
  readonly #tell: (latencyMs: number) => void;
  readonly #window: number[] = [];
  #count = 0;
  #told: number | null = null;

  constructor(tell: (latencyMs: number) => void) {
    this.#tell = tell;
  }

  add(latencyMs: number): void {
    this.#window[this.#count % WINDOW] = latencyMs;
    this.#count += 1;
    if (this.#count < LEAST || (this.#told !== null && this.#count % TELL_EVERY !== 0)) return;
    const sorted = this.#window.toSorted((a, b) => a - b);
    const median = Math.max(0, sorted[sorted.length >> 1] ?? 0);
    const settled = this.#told === null ? median : this.#told + (median - this.#told) * SMOOTHING;
    if (this.#told !== null && Math.abs(settled - this.#told) < STEP_MS * SMOOTHING) return;
    this.#told = settled;
    this.#tell(settled);
  }
}

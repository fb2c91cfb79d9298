/** What may leave at once: more than most frames, less than what overflows a home router's queue. */
const BURST_BYTES = 64 * 1200;
/** 38 Mbps: a second of 720p, sent when a viewer joins, takes some 60 ms. */
const BYTES_PER_MS = 4800;
/** On a way whose limit is known: so many milliseconds of its rate at once. */
const LIMITED_BURST_MS = 20;
const MIN_BURST_BYTES = 2 * 1250;
/** What left longer ago counts no more, where no limit is known. */
export const REFILLED_MS = BURST_BYTES / BYTES_PER_MS;

/** How much may leave at once: spent by what leaves, filled by time (a token bucket). */
export class Allowance {
  readonly #nowMs: () => number;
  #bytesPerMs = BYTES_PER_MS;
  #burst = BURST_BYTES;
  #tokens = BURST_BYTES;
  #filledAtMs: number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#filledAtMs = nowMs();
  }

  get bytesPerMs(): number {
    return this.#bytesPerMs;
  }

  /** Bytes; below 0 after more than that. */
  get left(): number {
    this.#fill();
    return this.#tokens;
  }

  /** What the way carries, or null where it is not known to be narrow. */
  limit(bps: number | null): void {
    this.#bytesPerMs = bps === null ? BYTES_PER_MS : Math.min(BYTES_PER_MS, bps / 8000);
    this.#burst = bps === null ? BURST_BYTES : Math.max(MIN_BURST_BYTES, Math.min(BURST_BYTES, this.#bytesPerMs * LIMITED_BURST_MS));
  }

  spend(bytes: number): void {
    this.#fill();
    this.#tokens -= bytes;
  }

  /** For what does not wait: it never puts off the rest by more than a burst. */
  spendBeside(bytes: number): void {
    this.#fill();
    this.#tokens = Math.max(-this.#burst, this.#tokens - bytes);
  }

  #fill(): void {
    const nowMs = this.#nowMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, nowMs - this.#filledAtMs) * this.#bytesPerMs);
    this.#filledAtMs = nowMs;
  }
}

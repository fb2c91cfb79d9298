/** Between what is written and what it makes of it a decoder takes some hundredths of a second, and a second where the machine is busy. */
const HUNG_AFTER_MS = 3_000;
/** One that begins has to be loaded first. */
const FIRST_AFTER_MS = 8_000;

/**
 * Tells a decoder that hangs from a screen on which nothing moves: only what was written can be waited for. Times are the monotonic clock's, ms. Pure.
 */
export class FeedWatch {
  /** The first that was written since anything came back; null while all is answered. */
  #waitsSinceMs: number | null = null;
  #patienceMs = FIRST_AFTER_MS;

  wrote(nowMs: number): void {
    this.#waitsSinceMs ??= nowMs;
  }

  /** The newest picture or sound that the gate has. */
  cameBack(atMs: number): void {
    if (this.#waitsSinceMs === null || atMs < this.#waitsSinceMs) return;
    this.#waitsSinceMs = null;
    this.#patienceMs = HUNG_AFTER_MS;
  }

  isHung(nowMs: number): boolean {
    return this.#waitsSinceMs !== null && nowMs - this.#waitsSinceMs > this.#patienceMs;
  }
}

const SMALLEST_BYTES = 64 * 1024;
const LARGEST_BYTES = 4 * 1024 * 1024;
/** A chunk should take about this long: resumed work is small then, and no proxy takes the request for stuck. */
const CHUNK_SECONDS = 3;
/** A chunk goes as fast as the line takes it. Under a limit it is small, so that the class that shares the line hardly notices each. */
const LIMITED_CHUNK_SECONDS = 0.25;

/** How fast the line is, and how much to send at once. */
export class Pace {
  readonly #limit: number;
  #rate: number | null = null;
  /** Bytes at once, after a chunk that did not come through: what was believed of the line is no longer so, or something on the way takes no more. */
  #most = LARGEST_BYTES;

  /** @param limit bytes a second at most, 0 for none */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes a second, null before anything was sent. */
  get rate(): number | null {
    return this.#rate;
  }

  chunkBytes(): number {
    const atLineRate = (this.#rate ?? LARGEST_BYTES / 8) * CHUNK_SECONDS;
    const limited = this.#limit > 0 ? this.#limit * LIMITED_CHUNK_SECONDS : Number.POSITIVE_INFINITY;
    return Math.round(Math.min(this.#most, Math.max(SMALLEST_BYTES, Math.min(atLineRate, limited))));
  }

  /** Notes a chunk that did not come through: the next is half as large. */
  failed(): void {
    this.#most = Math.max(SMALLEST_BYTES, this.chunkBytes() / 2);
  }

  /** Notes a chunk that was sent. @returns ms to wait so that the limit holds */
  sent(bytes: number, tookMs: number): number {
    this.#most = Math.min(LARGEST_BYTES, this.#most * 2);
    const pauseMs = this.#limit > 0 ? Math.max(0, (bytes / this.#limit) * 1000 - tookMs) : 0;
    if (bytes < SMALLEST_BYTES) return pauseMs;
    const rate = (bytes / Math.max(1, tookMs + pauseMs)) * 1000;
    this.#rate = this.#rate === null ? rate : this.#rate * 0.7 + rate * 0.3;
    return pauseMs;
  }
}

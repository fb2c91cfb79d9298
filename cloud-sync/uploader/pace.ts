const SMALLEST_BYTES = 64 * 1024;
const LARGEST_BYTES = 4 * 1024 * 1024;
/** A chunk should take about this long: resumed work is small then, and no proxy takes the request for stuck. */
const CHUNK_SECONDS = 3;

/** How fast the line is, and how much to send at once. */
export class Pace {
  readonly #limit: number;
  #rate: number | null = null;

  /** @param limit bytes a second at most, 0 for none */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes a second, null before anything was sent. */
  get rate(): number | null {
    return this.#rate;
  }

  chunkBytes(): number {
    const rate = Math.min(this.#rate ?? LARGEST_BYTES / 8, this.#limit || Number.POSITIVE_INFINITY);
    return Math.round(Math.min(LARGEST_BYTES, Math.max(SMALLEST_BYTES, rate * CHUNK_SECONDS)));
  }

  /** Notes a chunk that was sent. @returns ms to wait so that the limit holds */
  sent(bytes: number, tookMs: number): number {
    const pauseMs = this.#limit > 0 ? Math.max(0, (bytes / this.#limit) * 1000 - tookMs) : 0;
    if (bytes < SMALLEST_BYTES) return pauseMs;
    const rate = (bytes / Math.max(1, tookMs + pauseMs)) * 1000;
    this.#rate = this.#rate === null ? rate : this.#rate * 0.7 + rate * 0.3;
    return pauseMs;
  }
}

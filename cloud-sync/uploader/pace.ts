const SMALLEST_BYTES = 64 * 1024;
/** Under a limit that makes 64 kB the share of more than a second. */
const SMALLEST_LIMITED_BYTES = 16 * 1024;
const LARGEST_BYTES = 4 * 1024 * 1024;
/** A chunk should take about this long: resumed work is small then, and no proxy takes the request for stuck. */
const CHUNK_SECONDS = 3;
/** A chunk goes as fast as the line takes it. Under a limit it is small, so that the class that shares the line hardly notices each. */
const LIMITED_CHUNK_SECONDS = 0.25;

/** How fast the line is, and how much to send at once. */
export class Pace {
  readonly #configured: number;
  #given: number | null = null;
  /** What the last chunk was cut for: one that was large before a class began is not made up for in it. */
  #cutFor = Number.POSITIVE_INFINITY;
  #rate: number | null = null;
  /** Bytes at once, after a chunk that did not come through: what was believed of the line is no longer so, or something on the way takes no more. */
  #most = LARGEST_BYTES;

  /** @param limit bytes a second at most, 0 for none */
  constructor(limit: number) {
    this.#configured = limit;
  }

  /** Bytes a second at most until the next word, where the limit is not lower; null: the limit alone. */
  giveWay(bytesPerSecond: number | null): void {
    this.#given = bytesPerSecond;
  }

  /** Bytes a second, null before anything was sent. */
  get rate(): number | null {
    return this.#rate;
  }

  chunkBytes(): number {
    const atLineRate = (this.#rate ?? LARGEST_BYTES / 8) * CHUNK_SECONDS;
    const limit = this.#limit;
    this.#cutFor = limit;
    const smallest = limit < SMALLEST_BYTES ? SMALLEST_LIMITED_BYTES : SMALLEST_BYTES;
    return Math.round(Math.min(this.#most, Math.max(smallest, Math.min(atLineRate, limit * LIMITED_CHUNK_SECONDS))));
  }

  /** Notes a chunk that did not come through: the next is half as large. */
  failed(): void {
    this.#most = Math.max(SMALLEST_BYTES, this.chunkBytes() / 2);
  }

  /** Notes a chunk that was sent. @returns ms to wait so that the limit holds */
  sent(bytes: number, tookMs: number): number {
    this.#most = Math.min(LARGEST_BYTES, this.#most * 2);
    const pauseMs = Math.max(0, (bytes / this.#cutFor) * 1000 - tookMs);
    if (bytes < SMALLEST_BYTES) return pauseMs;
    const rate = (bytes / Math.max(1, tookMs + pauseMs)) * 1000;
    this.#rate = this.#rate === null ? rate : this.#rate * 0.7 + rate * 0.3;
    return pauseMs;
  }

  /** Infinity where there is none. */
  get #limit(): number {
    return Math.min(this.#configured > 0 ? this.#configured : Number.POSITIVE_INFINITY, this.#given ?? Number.POSITIVE_INFINITY);
  }
}

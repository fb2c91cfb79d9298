export interface WatchOptions {
  /** A picture may be this old when it comes, ms: HLS keeps a window. */
  readonly oldestMs?: number;
  readonly now?: () => number;
}

/** The same clock on both sides; a burst is pressed together up to this far ahead of it. */
const AHEAD_MS = 2_000;
const OLDEST_MS = 60_000;
/** Of one viewer; more would say the same. */
const MAX_FAULTS = 10;

/** What one viewer got, over all its connections: whether media advance, what was missing, and whether a time was ever wrong. */
export class MediaWatch {
  readonly #oldestMs: number;
  readonly #now: () => number;
  #lastUs = -Infinity;
  #endUs = 0;
  #newestUs = 0;
  #sittings = 0;
  #pictures = 0;
  #atMs = 0;
  #longestUs = 0;
  #stoodMs = 0;
  #lastWords = '';
  readonly #faults: string[] = [];

  constructor({ oldestMs = OLDEST_MS, now = Date.now }: WatchOptions = {}) {
    this.#oldestMs = oldestMs;
    this.#now = now;
    this.#atMs = now();
  }

  /** A new connection: it may begin with what was seen already. */
  sits(): void {
    this.#sittings += 1;
    this.#lastUs = -Infinity;
  }

  /** What follows has a clock of its own: another publisher. */
  breaks(): void {
    this.#lastUs = -Infinity;
  }

  /** One picture, or what stands for one, by when it was captured. */
  picture(captureUs: number, durationUs: number, what: string = 'a picture'): void {
    const nowMs = this.#now();
    const ageMs = nowMs - captureUs / 1000;
    if (captureUs <= this.#lastUs) this.fault(`${what} ${Math.round((this.#lastUs - captureUs) / 1000)} ms before the one before it`);
    if (ageMs < -AHEAD_MS) this.fault(`${what} from ${Math.round(-ageMs)} ms in the future`);
    if (ageMs > this.#oldestMs) this.fault(`${what} that is ${Math.round(ageMs)} ms old`);
    if (this.#endUs > 0) this.#longestUs = Math.max(this.#longestUs, captureUs - this.#endUs);
    this.#stoodMs = Math.max(this.#stoodMs, nowMs - this.#atMs);
    this.#lastUs = captureUs;
    this.#newestUs = Math.max(this.#newestUs, captureUs);
    this.#endUs = Math.max(this.#endUs, captureUs + durationUs);
    this.#atMs = nowMs;
    this.#pictures += 1;
  }

  fault(words: string): void {
    if (this.#faults.length < MAX_FAULTS) this.#faults.push(words);
  }

  /** Why it was not let in, or what ended its connection. */
  ended(words: string): void {
    this.#lastWords = words;
  }

  get lastWords(): string {
    return this.#lastWords;
  }

  get sittings(): number {
    return this.#sittings;
  }

  get pictures(): number {
    return this.#pictures;
  }

  /** When the newest picture was captured, epoch ms. */
  get newestMs(): number {
    return this.#newestUs / 1000;
  }

  /** Wrong times since this was last asked. */
  faults(): readonly string[] {
    return this.#faults.splice(0);
  }

  /** Since this was last asked: the longest time of the class that never came, and the longest that nothing came, ms. */
  losses(): { readonly lostMs: number; readonly stoodMs: number } {
    const losses = { lostMs: this.#longestUs / 1000, stoodMs: this.#stoodMs };
    this.#longestUs = 0;
    this.#stoodMs = 0;
    return losses;
  }
}

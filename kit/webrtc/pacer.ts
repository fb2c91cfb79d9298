/** What may leave at once: more than most frames, less than what overflows a home router's queue. */
const BURST_BYTES = 64 * 1200;
/** 38 Mbps: a second of 720p, sent when a viewer joins, takes some 60 ms. */
const BYTES_PER_MS = 4800;
/** On a way whose limit is known: so many milliseconds of its rate at once. */
const LIMITED_BURST_MS = 20;
const MIN_BURST_BYTES = 2 * 1250;
const TICK_MS = 2;
/** Four seconds of 1080p, and the last resort: frame admission keeps what waits shorter. What comes on top is dropped and asked for again. */
const MAX_QUEUED = 4096;

interface Waiting {
  readonly bytes: number;
  readonly send: () => void;
}

/** Spreads the bursts of one far end (keyframes, the group of pictures a viewer begins with). Order is kept. */
export class Pacer {
  readonly #nowMs: () => number;
  #queue: Waiting[] = [];
  #head = 0;
  #bytesPerMs = BYTES_PER_MS;
  #burst = BURST_BYTES;
  #tokens = BURST_BYTES;
  #filledAtMs: number;
  #timer: NodeJS.Timeout | null = null;
  #queuedBytes = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#filledAtMs = nowMs();
  }

  /** How long what waits will take to leave, ms. */
  get waitMs(): number {
    return this.#queuedBytes / this.#bytesPerMs;
  }

  /** What the way carries, or null where it is not known to be narrow. */
  limit(bps: number | null): void {
    this.#bytesPerMs = bps === null ? BYTES_PER_MS : Math.min(BYTES_PER_MS, bps / 8000);
    this.#burst = bps === null ? BURST_BYTES : Math.max(MIN_BURST_BYTES, Math.min(BURST_BYTES, this.#bytesPerMs * LIMITED_BURST_MS));
  }

  push(bytes: number, send: () => void): void {
    this.#fill();
    if (this.#queue.length === 0 && this.#tokens > 0) {
      this.#tokens -= bytes;
      return send();
    }
    if (this.#queue.length - this.#head >= MAX_QUEUED) return;
    this.#queuedBytes += bytes;
    this.#queue.push({ bytes, send });
    this.#timer ??= setTimeout(() => this.#drain(), TICK_MS).unref();
  }

  /** What went out beside the queue has its share of the way too. */
  spend(bytes: number): void {
    this.#tokens = Math.max(-this.#burst, this.#tokens - bytes);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#queue = [];
    this.#head = 0;
    this.#queuedBytes = 0;
  }

  #drain(): void {
    this.#timer = null;
    this.#fill();
    for (; this.#head < this.#queue.length && this.#tokens > 0; this.#head += 1) {
      const waiting = this.#queue[this.#head];
      this.#tokens -= waiting?.bytes ?? 0;
      this.#queuedBytes -= waiting?.bytes ?? 0;
      waiting?.send();
    }
    if (this.#head >= this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
      return;
    }
    this.#timer = setTimeout(() => this.#drain(), TICK_MS).unref();
  }

  #fill(): void {
    const nowMs = this.#nowMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, nowMs - this.#filledAtMs) * this.#bytesPerMs);
    this.#filledAtMs = nowMs;
  }
}

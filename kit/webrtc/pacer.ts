import { Allowance } from './allowance.ts';

const TICK_MS = 2;
/** Four seconds of 1080p, and the last resort: frame admission keeps what waits shorter. What comes on top is dropped and asked for again. */
const MAX_QUEUED = 4096;

interface Waiting {
  readonly bytes: number;
  readonly send: () => void;
}

/** Spreads the bursts of one far end (keyframes, the group of pictures a viewer begins with). Order is kept. */
export class Pacer {
  readonly #allowance: Allowance;
  #queue: Waiting[] = [];
  #head = 0;
  #timer: NodeJS.Timeout | null = null;
  #queuedBytes = 0;

  constructor(nowMs: () => number) {
    this.#allowance = new Allowance(nowMs);
  }

  /** How long what waits will take to leave, ms. */
  get waitMs(): number {
    return this.#queuedBytes / this.#allowance.bytesPerMs;
  }

  /** What the way carries, or null where it is not known to be narrow. */
  limit(bps: number | null): void {
    this.#allowance.limit(bps);
  }

  push(bytes: number, send: () => void): void {
    if (this.#queue.length === 0 && this.#allowance.left > 0) {
      this.#allowance.spend(bytes);
      return send();
    }
    if (this.#queue.length - this.#head >= MAX_QUEUED) return;
    this.#queuedBytes += bytes;
    this.#queue.push({ bytes, send });
    this.#timer ??= setTimeout(() => this.#drain(), TICK_MS).unref();
  }

  /** What went out beside the queue has its share of the way too. */
  spend(bytes: number): void {
    this.#allowance.spendBeside(bytes);
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
    for (; this.#head < this.#queue.length && this.#allowance.left > 0; this.#head += 1) {
      const waiting = this.#queue[this.#head];
      this.#allowance.spend(waiting?.bytes ?? 0);
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
}

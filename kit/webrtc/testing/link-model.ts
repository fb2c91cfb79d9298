import { randomFrom } from '../../testing/random.ts';

/** Test aid: a link in fake time, with a bottleneck and its queue, random loss and jitter that reorders. The same on every run. */
export interface LinkOptions {
  rateBps: number;
  /** What the bottleneck's queue holds, as time at its rate. */
  queueMs: number;
  delayMs: number;
  jitterMs: number;
  /** 0 to 1. */
  loss: number;
}

export class LinkModel {
  readonly options: LinkOptions;
  readonly #random: () => number;
  #busyUntilMs = 0;

  constructor(options: LinkOptions, seed = 1) {
    this.options = options;
    this.#random = randomFrom(seed);
  }

  /** When a packet sent now arrives, or null where it is lost. */
  send(bytes: number, nowMs: number): number | null {
    const { rateBps, queueMs, delayMs, jitterMs, loss } = this.options;
    const [lost, late] = [this.#random() < loss, this.#random() * jitterMs];
    const begins = Math.max(nowMs, this.#busyUntilMs);
    if (lost || begins - nowMs > queueMs) return null;
    this.#busyUntilMs = begins + (bytes * 8000) / rateBps;
    return this.#busyUntilMs + delayMs + late;
  }

  /** What the queue holds, as time at its rate. */
  queueMs(nowMs: number): number {
    return Math.max(0, this.#busyUntilMs - nowMs);
  }
}

/** One question to the service's clock. All epoch milliseconds: asked and answered by this page's clock, `remote` by the service's. */
export interface ClockSample {
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly remoteAt: number;
}

const KEPT = 8;

/**
 * How far the service's clock is ahead of this page's. The sample with the shortest round trip of the last eight is believed: it
 * bounds the error to half of that round trip (NTP's clock filter, RFC 5905 section 10).
 */
export class ClockOffset {
  readonly #samples: ClockSample[] = [];

  add(sample: ClockSample): void {
    this.#samples.push(sample);
    if (this.#samples.length > KEPT) this.#samples.shift();
  }

  /** Milliseconds to add to this page's clock; 0 until the first answer. */
  get ms(): number {
    const best = this.#samples.reduce<ClockSample | null>((a, b) => (a === null || roundTrip(b) <= roundTrip(a) ? b : a), null);
    return best === null ? 0 : best.remoteAt - (best.askedAt + best.answeredAt) / 2;
  }

  get known(): boolean {
    return this.#samples.length > 0;
  }
}

const roundTrip = (sample: ClockSample) => sample.answeredAt - sample.askedAt;

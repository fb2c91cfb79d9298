/** One question to the service's clock. All epoch milliseconds: asked and answered by this page's clock, `remote` by the service's. */
export interface ClockSample {
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly remoteAt: number;
}

const KEPT = 8;
/** More than two clocks part by themselves between the first sample and the last. */
const DRIFT_MS = 250;

/**
 * How far the service's clock is ahead of this page's. The sample with the shortest round trip of the last eight is believed: it
 * bounds the error to half of that round trip (NTP's clock filter, RFC 5905 section 10). One that can't be true of the same two clocks as
 * the newest was taken before one of them was set, and is forgotten.
 */
export class ClockOffset {
  #samples: readonly ClockSample[] = [];

  add(sample: ClockSample): void {
    this.#samples = [...this.#samples.filter((before) => agree(before, sample)), sample].slice(-KEPT);
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

/** The offset lies between what an answer without any way back and one without any way there would mean. */
function agree(a: ClockSample, b: ClockSample): boolean {
  const apart = Math.max(a.remoteAt - a.answeredAt, b.remoteAt - b.answeredAt) - Math.min(a.remoteAt - a.askedAt, b.remoteAt - b.askedAt);
  return apart <= DRIFT_MS;
}

import { timestampDelta } from './rtp/sequence.ts';

/** What a reception report says about one stream (RFC 3550 sections 6.4.1, A.3 and A.8). */
export class ReceptionStatistics {
  readonly #clockHz: number;
  #first = -1;
  #highest = -1;
  #received = 0;
  #repaired = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #jitter = 0;
  #transit: { readonly arrivalMs: number; readonly timestamp: number } | null = null;

  constructor(clockHz: number) {
    this.#clockHz = clockHz;
  }

  /** For good: neither the packet came nor its repair. */
  get lost(): number {
    return Math.max(0, this.#expected() - this.#received - this.#repaired);
  }

  /** `highest`: highest sequence number so far, rollovers counted. */
  onPacket(highest: number, timestamp: number, arrivalMs: number): void {
    if (this.#first === -1) this.#first = highest;
    this.#highest = highest;
    this.#received += 1;
    if (this.#transit !== null) {
      const elapsed = ((arrivalMs - this.#transit.arrivalMs) * this.#clockHz) / 1000;
      this.#jitter += (Math.abs(elapsed - timestampDelta(this.#transit.timestamp, timestamp)) - this.#jitter) / 16;
    }
    this.#transit = { arrivalMs, timestamp };
  }

  /** What the repair stream brought is a loss of the way all the same: a sender that is not told of it goes on flooding a way that is full. */
  onRepair(): void {
    this.#repaired += 1;
  }

  /** The report's figures; the share of loss counts since the last call. */
  take(): { fractionLost: number; cumulativeLost: number; highestSequence: number; jitter: number } {
    const expected = this.#expected() - this.#expectedBefore;
    const lost = expected - (this.#received - this.#receivedBefore);
    this.#expectedBefore = this.#expected();
    this.#receivedBefore = this.#received;
    return {
      fractionLost: expected > 0 && lost > 0 ? lost / expected : 0,
      cumulativeLost: this.#expected() - this.#received,
      highestSequence: Math.max(0, this.#highest - 0x10000) >>> 0,
      jitter: this.#jitter,
    };
  }

  #expected(): number {
    return this.#first === -1 ? 0 : this.#highest - this.#first + 1;
  }
}

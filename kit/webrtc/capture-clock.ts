import { captureUsOf } from '#kit/media/packet.ts';
import { timestampDelta } from './rtp/sequence.ts';

/** A timestamp this near to now, read as our epoch, is taken as our epoch; by chance it is one in 2,000. */
const EPOCH_NEAR_US = 10_000_000;
/** A sender report whose two times agree this well is our epoch for certain. */
const EPOCH_EXACT_US = 5000;
/** Less is noise of what a frame is dated by; to stand still for longer would hold every sink up. */
const SET_BACK_US = 1_500_000;
/** Browsers' first reports are off by some hundred milliseconds; more than this is their clock, which moves sound and picture alike. */
const REPORT_NOISE_US = 2_000_000;

/** Finds the capture time of received frames: the sender's own epoch, else its sender reports, else the arrival. */
export class CaptureClock {
  readonly #clockHz: number;
  #report: { readonly epochUs: number; readonly rtpTimestamp: number } | null = null;
  #anchor: { readonly epochUs: number; readonly rtpTimestamp: number } | null = null;
  #lastUs = 0;

  constructor(clockHz: number) {
    this.#clockHz = clockHz;
  }

  onSenderReport(epochUs: number, rtpTimestamp: number): void {
    this.#report = { epochUs, rtpTimestamp };
  }

  /** Microseconds since 1970, later than the frame's before; but for a report that says the sender's clock is far behind, which is followed at once. */
  captureUs(rtpTimestamp: number, arrivalUs: number): number {
    const found = Math.round(this.#find(rtpTimestamp, arrivalUs));
    const isSetBack = this.#lastUs - found > SET_BACK_US;
    this.#lastUs = found > this.#lastUs || isSetBack ? found : this.#lastUs + 1;
    return this.#lastUs;
  }

  #find(rtpTimestamp: number, arrivalUs: number): number {
    if (this.#report !== null) {
      const { epochUs, rtpTimestamp: at } = this.#report;
      const exact = Math.abs(captureUsOf(at, this.#clockHz, epochUs) - epochUs) < EPOCH_EXACT_US;
      const mapped = epochUs + this.#usBetween(at, rtpTimestamp);
      return exact ? captureUsOf(rtpTimestamp, this.#clockHz, mapped) : notJustAhead(mapped, arrivalUs);
    }
    const epoch = captureUsOf(rtpTimestamp, this.#clockHz, arrivalUs);
    if (Math.abs(epoch - arrivalUs) < EPOCH_NEAR_US) return epoch;
    return this.#byArrival(rtpTimestamp, arrivalUs);
  }

  /**
   * The least delayed arrival so far anchors the timestamps: a frame that comes before its time shows that the anchor was late. The anchor goes along
   * with the frames: further than half a round of the timestamp away (6.6 h of video) nothing could be told from it.
   */
  #byArrival(rtpTimestamp: number, arrivalUs: number): number {
    const anchor = this.#anchor ?? { epochUs: arrivalUs, rtpTimestamp };
    const mapped = anchor.epochUs + this.#usBetween(anchor.rtpTimestamp, rtpTimestamp);
    const epochUs = Math.min(mapped, arrivalUs);
    this.#anchor = { epochUs, rtpTimestamp };
    return epochUs;
  }

  #usBetween(from: number, to: number): number {
    return (timestampDelta(from, to) * 1_000_000) / this.#clockHz;
  }
}

/** A frame is not captured after it came. */
function notJustAhead(mappedUs: number, arrivalUs: number): number {
  return mappedUs > arrivalUs && mappedUs - arrivalUs < REPORT_NOISE_US ? arrivalUs : mappedUs;
}

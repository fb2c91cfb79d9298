import { timestampDelta } from '#kit/webrtc/rtp/sequence.ts';

/** One moment on both of our clocks, microseconds: the one that never jumps, and the one that tells the time of day. */
export interface Arrival {
  readonly monotonicUs: number;
  readonly wallUs: number;
}

/** The least delayed arrival of so long tells how the camera's clock lies to ours; clocks drift by some 100 µs a second at the worst. */
const WINDOW_US = 5_000_000;
/** A camera that is set by NTP says how long its pictures took. Outside of this it is not, and what it says is of no use. */
const PLAUSIBLE_DELAY_US = { least: -20_000, most: 1_500_000 } as const;
/** Weight of the newest report: a busy camera is some milliseconds late with them. */
const SMOOTHING = 0.25;
/** Timestamps that leap against the arrivals by more than this have begun anew. */
const LEAP_US = 2_000_000;

/** The first packets of a stream come late, since nothing is warm yet: what they said is taken back little by little, and frames stay apart. */
const STEP_US = 1_000;

interface Report {
  readonly wallUs: number;
  readonly mediaUs: number;
}

/**
 * When the frames of an RTP stream were captured, on our own monotonic clock. Timestamps give the distances. The least delayed arrivals
 * anchor them, and the camera's own time of day (RTCP sender reports, RFC 3550 section 6.4.1), where it agrees with ours, tells
 * how much older the picture was than its arrival.
 */
export class CameraClock {
  readonly #clockHz: number;
  #last: { readonly rtp: number; readonly mediaUs: number } | null = null;
  /** Least of arrival less media time: of the window that fills, and of the one before. */
  #least = { now: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY };
  #windowEndsUs = 0;
  /** What is added to media time, on its way to where it should be. */
  #appliedUs: number | null = null;
  #delayUs: number | null = null;
  #lastCaptureUs = Number.NEGATIVE_INFINITY;

  constructor(clockHz: number) {
    this.#clockHz = clockHz;
  }

  /** Whether the camera's own clock is used. */
  get isCameras(): boolean {
    return this.#delayUs !== null;
  }

  /** Capture time of a frame, monotonic microseconds, later than the frame's before. */
  captureUs(rtpTimestamp: number, arrival: Arrival): number {
    const mediaUs = this.#mediaUsOf(rtpTimestamp);
    const offsetUs = arrival.monotonicUs - mediaUs;
    if (Math.abs(offsetUs - this.#offsetUs()) > LEAP_US) this.#forget();
    this.#observe(offsetUs, arrival.monotonicUs);
    const captureUs = Math.round(mediaUs + this.#approach(this.#offsetUs() - (this.#delayUs ?? 0)));
    this.#lastCaptureUs = captureUs > this.#lastCaptureUs ? captureUs : this.#lastCaptureUs + 1;
    return this.#lastCaptureUs;
  }

  #approach(targetUs: number): number {
    const fromUs = this.#appliedUs ?? targetUs;
    this.#appliedUs = fromUs + Math.max(-STEP_US, Math.min(STEP_US, targetUs - fromUs));
    return this.#appliedUs;
  }

  /** The camera says that this timestamp was captured at this time of day. */
  onSenderReport(wallUs: number, rtpTimestamp: number, arrival: Arrival): void {
    if (this.#last === null) return;
    const report: Report = { wallUs, mediaUs: this.#last.mediaUs + this.#usBetween(this.#last.rtp, rtpTimestamp) };
    const arrivedWallUs = report.mediaUs + this.#offsetUs() + arrival.wallUs - arrival.monotonicUs;
    const delayUs = arrivedWallUs - report.wallUs;
    const plausible = delayUs >= PLAUSIBLE_DELAY_US.least && delayUs <= PLAUSIBLE_DELAY_US.most;
    const before = this.#delayUs ?? delayUs;
    this.#delayUs = plausible ? Math.max(0, before + (delayUs - before) * SMOOTHING) : null;
  }

  #offsetUs(): number {
    return Math.min(this.#least.now, this.#least.before);
  }

  #observe(offsetUs: number, nowUs: number): void {
    if (nowUs > this.#windowEndsUs) {
      this.#least = { now: offsetUs, before: this.#least.now };
      this.#windowEndsUs = nowUs + WINDOW_US;
    }
    this.#least.now = Math.min(this.#least.now, offsetUs);
  }

  #forget(): void {
    this.#least = { now: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY };
    this.#delayUs = null;
    this.#appliedUs = null;
  }

  /** Counts on where the 32 bits of the timestamp wrap. */
  #mediaUsOf(rtpTimestamp: number): number {
    const mediaUs = this.#last === null ? 0 : this.#last.mediaUs + this.#usBetween(this.#last.rtp, rtpTimestamp);
    this.#last = { rtp: rtpTimestamp, mediaUs };
    return mediaUs;
  }

  #usBetween(from: number, to: number): number {
    return (timestampDelta(from, to) * 1_000_000) / this.#clockHz;
  }
}

/** Claimed for the first frame, before a difference is known; and the longest that a difference is believed. */
const FIRST_FRAME_US = 40_000;
const MAX_FRAME_US = 1_000_000;
/** So much longer than the one before, a difference is one that frames were lost in, until the next says otherwise. */
const LOST_BETWEEN = 1.5;

/** How long each frame of a stream lasts, in order. The next one is not known yet, so the difference to the one before serves. */
export class FrameDurations {
  #lastUs: number | null = null;
  #stepUs = FIRST_FRAME_US;

  /** µs. */
  of(captureUs: number): number {
    const beforeUs = this.#stepUs;
    const stepUs = this.#lastUs === null ? 0 : captureUs - this.#lastUs;
    this.#lastUs = captureUs;
    if (stepUs <= 0 || stepUs > MAX_FRAME_US) return beforeUs;
    this.#stepUs = stepUs;
    return stepUs > beforeUs * LOST_BETWEEN ? beforeUs : stepUs;
  }
}

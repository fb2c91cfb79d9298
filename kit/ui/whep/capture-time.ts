const TICKS_PER_MS = 90;

/**
 * Capture time of a frame, epoch milliseconds of the sender's clock: Lectern stamps RTP with the capture epoch in 90 kHz modulo
 * 2^32 (kit/media/packet.ts), so the one that lies nearest to `nearMs` (within 6.6 h) is meant.
 */
export function captureMsOf(rtpTimestamp: number, nearMs: number): number {
  const nearTicks = Math.round(nearMs * TICKS_PER_MS);
  // `| 0` is the difference modulo 2^32, read as signed: exact, both are whole and below 2^53.
  const distance = (rtpTimestamp - nearTicks) | 0;
  return (nearTicks + distance) / TICKS_PER_MS;
}

const WINDOW = 15;
/** A stamp further off than this is no capture time (a foreign sender's random start, RFC 3550 section 5.1). */
const PLAUSIBLE_MS = 60_000;

/** Delay from capture to display, the median of the last frames, so that one late frame does not flicker. */
export class DelayMeter {
  readonly #recent: number[] = [];

  /** Both epoch milliseconds by the sender's clock. */
  add(captureMs: number, shownMs: number): void {
    const delay = shownMs - captureMs;
    if (Math.abs(delay) > PLAUSIBLE_MS) return;
    this.#recent.push(delay);
    if (this.#recent.length > WINDOW) this.#recent.shift();
  }

  /** Milliseconds, null before the first frame. */
  get medianMs(): number | null {
    const sorted = this.#recent.toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? null;
  }
}

/** RTP header and tag, UDP and IP: what a packet costs beyond its payload, bytes. */
export const OVERHEAD_BYTES = 60;
const PAYLOAD_BYTES = 1_180;
/** Of the measurement: two groups of pictures, so that a keyframe more or less does not matter. */
const WINDOW_US = 2_000_000;

/** What one stream takes on the wire, kbps, by the capture times of the last two seconds. */
export class WireRate {
  #frames: { readonly captureUs: number; readonly bytes: number }[] = [];
  #bytes = 0;

  add(captureUs: number, payloadBytes: number): void {
    const bytes = payloadBytes + Math.ceil(payloadBytes / PAYLOAD_BYTES) * OVERHEAD_BYTES;
    this.#frames.push({ captureUs, bytes });
    this.#bytes += bytes;
    const stale = this.#frames.findIndex((frame) => frame.captureUs > captureUs - WINDOW_US);
    for (const frame of this.#frames.splice(0, Math.max(0, stale))) this.#bytes -= frame.bytes;
  }

  get kbps(): number {
    const [first, last] = [this.#frames[0], this.#frames.at(-1)];
    if (first === undefined || last === undefined) return 0;
    const spanUs = Math.max(1_000_000, last.captureUs - first.captureUs);
    return Math.round((this.#bytes * 8000) / spanUs);
  }
}

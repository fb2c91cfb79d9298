/** Bursts remembered, as many as one far end's reports are read against. */
const KEPT = 64;

export type OnBurst = (packets: number, bytes: number, atMs: number) => void;

/** What went to all of a cohort and when. Each member reads on from where it came in, when it is asked what it was sent: nothing is done for it by the frame. */
export class SentLog {
  /** Sums with and before each burst. */
  readonly #packets = new Float64Array(KEPT);
  readonly #bytes = new Float64Array(KEPT);
  readonly #atMs = new Float64Array(KEPT);
  #bursts = 0;
  #allPackets = 0;
  #allBytes = 0;

  /** @param bytes of payload */
  add(packets: number, bytes: number, nowMs: number): void {
    this.#allPackets += packets;
    this.#allBytes += bytes;
    const at = this.#bursts % KEPT;
    this.#packets[at] = this.#allPackets;
    this.#bytes[at] = this.#allBytes;
    this.#atMs[at] = nowMs;
    this.#bursts += 1;
  }

  /** What comes after now, at each call what has come since the one before. What is older than is remembered comes with the oldest burst that is. */
  follow(): (onBurst: OnBurst) => void {
    let [bursts, packets, bytes] = [this.#bursts, this.#allPackets, this.#allBytes];
    return (onBurst) => {
      for (let burst = Math.max(bursts, this.#bursts - KEPT); burst < this.#bursts; burst += 1) {
        const at = burst % KEPT;
        const [withPackets, withBytes] = [this.#packets[at] ?? 0, this.#bytes[at] ?? 0];
        onBurst(withPackets - packets, withBytes - bytes, this.#atMs[at] ?? 0);
        [packets, bytes] = [withPackets, withBytes];
      }
      bursts = this.#bursts;
    };
  }
}

import type { ReportBlock } from '../rtcp/packet.ts';

/** What a report of reception (RFC 3550 section 6.4.2) says of the way, beside what was sent. */
export interface Reception {
  /** Of the packets since the report before, 0 to 1. */
  readonly lossShare: number;
  /** Since the oldest packet left that the report does not know of, ms; 0 where it knows all. */
  readonly unansweredMs: number;
  /** What came since the report before, null in the first. */
  readonly arrivedBps: number | null;
}

/**
 * Who is sent nothing more cannot know that the last packet is missing. So what waits is measured up to the newest burst and this much further, which
 * is more than pictures are apart; and what left before a pause tells nothing after it.
 */
const FOLLOWED_MS = 100;
const PAUSE_MS = 500;
/** Bursts remembered: two and a half seconds of pictures, more than a second of their retransmissions. */
const KEPT = 64;

/** When the packets of one stream left, so that reports of reception tell a queue. A kilobyte a stream. */
export class ReportedWay {
  readonly #firstSequence: number;
  /** Packets sent with and before each burst, and when it left. */
  readonly #packets = new Float64Array(KEPT);
  readonly #atMs = new Float64Array(KEPT);
  #bursts = 0;
  #newestAtMs = 0;
  #sent = 0;
  #sentBeforePause = 0;
  #bytes = 0;
  #last: { readonly arrived: number; readonly atMs: number } | null = null;

  constructor(firstSequence: number) {
    this.#firstSequence = firstSequence;
  }

  onLeft(packets: number, bytes: number, nowMs: number): void {
    if (nowMs - this.#newestAtMs > PAUSE_MS) this.#sentBeforePause = this.#sent;
    this.#newestAtMs = nowMs;
    this.#sent += packets;
    this.#bytes += bytes;
    const at = this.#bursts % KEPT;
    this.#packets[at] = this.#sent;
    this.#atMs[at] = nowMs;
    this.#bursts += 1;
  }

  read({ fractionLost, highestSequence }: ReportBlock, nowMs: number): Reception {
    const arrived = Math.max(0, Math.min(this.#sent, highestSequence - this.#firstSequence + 1));
    const last = this.#last;
    this.#last = { arrived, atMs: nowMs };
    const untilMs = Math.min(nowMs, this.#newestAtMs + FOLLOWED_MS);
    const unansweredMs = Math.max(0, untilMs - this.#leftAtMs(Math.max(arrived, this.#sentBeforePause), nowMs));
    return { lossShare: fractionLost, unansweredMs, arrivedBps: last === null ? null : this.#bitsOf((arrived - last.arrived) * (1 - fractionLost)) / Math.max(0.1, (nowMs - last.atMs) / 1000) };
  }

  /** When the first packet left that is not among so many; now, where there is none. */
  #leftAtMs(packets: number, nowMs: number): number {
    for (let burst = Math.max(0, this.#bursts - KEPT); burst < this.#bursts; burst += 1) {
      if ((this.#packets[burst % KEPT] ?? 0) > packets) return this.#atMs[burst % KEPT] ?? nowMs;
    }
    return nowMs;
  }

  #bitsOf(packets: number): number {
    return this.#sent === 0 ? 0 : (packets * this.#bytes * 8) / this.#sent;
  }
}

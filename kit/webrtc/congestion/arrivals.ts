import { unwrapSequence } from '../rtp/sequence.ts';
import type { TransportFeedback } from '../rtcp/transport-feedback.ts';

/** Each arrival is told of for so long, several times: a report that gets lost must not look like lost packets. */
const TOLD_FOR_MS = 200;
const MAX_REPORTED = 2000;

/** The receiving side of transport-wide feedback: what came, and when. */
export class Arrivals {
  readonly #at = new Map<number, number>();
  #highest = -1;
  #news = false;

  push(sequence: number, nowMs: number): void {
    const index = this.#highest === -1 ? 0x10000 + sequence : unwrapSequence(this.#highest, sequence);
    if (this.#at.has(index) || index < this.#highest - MAX_REPORTED) return;
    if (index > this.#highest + MAX_REPORTED) this.#at.clear();
    this.#at.set(index, nowMs);
    this.#highest = Math.max(this.#highest, index);
    this.#news = true;
  }

  /** The next report, or null where nothing came since the last. */
  take(nowMs: number): TransportFeedback | null {
    if (!this.#news) return null;
    this.#news = false;
    for (const [index, atMs] of this.#at) if (nowMs - atMs > TOLD_FOR_MS) this.#at.delete(index);
    const first = Math.max(Math.min(...this.#at.keys()), this.#highest - MAX_REPORTED);
    if (!Number.isFinite(first)) return null;
    const arrivals = Array.from({ length: this.#highest - first + 1 }, (_, offset) => this.#at.get(first + offset) ?? null);
    return { baseSequence: first & 0xffff, arrivals };
  }
}

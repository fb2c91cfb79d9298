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
    this.#forget(nowMs);
    const first = this.#first();
    if (first === null) return null;
    const arrivals = Array.from({ length: this.#highest - first + 1 }, (_, offset) => this.#at.get(first + offset) ?? null);
    return { baseSequence: first & 0xffff, arrivals };
  }

  /** By number too: how much is kept must not hang on the clock. */
  #forget(nowMs: number): void {
    const oldest = this.#highest - MAX_REPORTED;
    for (const [index, atMs] of this.#at) if (index < oldest || nowMs - atMs > TOLD_FOR_MS) this.#at.delete(index);
  }

  #first(): number | null {
    let first: number | null = null;
    for (const index of this.#at.keys()) if (first === null || index < first) first = index;
    return first;
  }
}

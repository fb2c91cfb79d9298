import type { Reception } from './reported-way.ts';

/** Random loss of a radio link is repaired; more of it may be a queue that overflows. */
const LOSS = 0.04;
/** More than a report and its way back take. */
const UNANSWERED_MS = 200;
/** A queue that is certainly there: too much is being sent. */
const STUCK_MS = 450;
const MISSING_PACKETS = 10;
const MISSING_WITHIN_MS = 1_000;
/** Round trips are learned anew after so long: a way may become longer. */
const BASE_MS = 30_000;

/**
 * Whether a far end may be getting less than it is sent, from what it tells anyway: reports of reception and questions for packets (pure but
 * for its memory; the caller brings the time). To count every packet of every viewer would cost a server more than the media; so only those
 * in doubt are counted, and while nobody doubts nothing is.
 */
export class WayDoubts {
  #raisedAtMs = Number.NEGATIVE_INFINITY;
  #base: { readonly sinceMs: number; readonly ms: number; readonly beforeMs: number } | null = null;
  #missing: { readonly sinceMs: number; readonly packets: number } = { sinceMs: Number.NEGATIVE_INFINITY, packets: 0 };

  /** Whether anything spoke for it in the last `withinMs`. */
  isRaised(withinMs: number, nowMs: number): boolean {
    return nowMs - this.#raisedAtMs <= withinMs;
  }

  /** Answers how long the queue is, ms, where too much is certainly being sent; null where that is not certain. */
  onReport({ lossShare, unansweredMs }: Omit<Reception, 'arrivedBps'>, nowMs: number): number | null {
    const aboveBaseMs = unansweredMs - this.#learnBase(unansweredMs, nowMs);
    if (lossShare >= LOSS || aboveBaseMs >= UNANSWERED_MS) this.#raisedAtMs = nowMs;
    return aboveBaseMs >= STUCK_MS ? aboveBaseMs : null;
  }

  /** The far end asks for so many packets. */
  onMissing(packets: number, nowMs: number): void {
    const { sinceMs, packets: before } = this.#missing;
    this.#missing = nowMs - sinceMs > MISSING_WITHIN_MS ? { sinceMs: nowMs, packets } : { sinceMs, packets: before + packets };
    if (this.#missing.packets >= MISSING_PACKETS) this.#raisedAtMs = nowMs;
  }

  #learnBase(ms: number, nowMs: number): number {
    const base = this.#base;
    if (base === null) this.#base = { sinceMs: nowMs, ms, beforeMs: ms };
    else if (nowMs - base.sinceMs > BASE_MS) this.#base = { sinceMs: nowMs, ms, beforeMs: base.ms };
    else if (ms < base.ms) this.#base = { ...base, ms };
    return Math.min(this.#base?.ms ?? ms, this.#base?.beforeMs ?? ms);
  }
}

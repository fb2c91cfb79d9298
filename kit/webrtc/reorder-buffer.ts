import { unwrapSequence } from './rtp/sequence.ts';
import type { RtpPacket } from './rtp/packet.ts';

/** A gap this wide is a new beginning, not a loss to repair. */
const MAX_GAP = 1000;
/** Packets held behind a gap; the oldest gap is given up when there are more. */
const MAX_HELD = 2048;
/** Packets that only come in the wrong order are not asked for. */
const REORDER_MS = 8;
const MAX_ASKS = 10;

export interface ReorderOptions {
  /** How long a missing packet holds back those behind it, ms. */
  readonly maxWaitMs: number;
}

interface Missing {
  readonly sinceMs: number;
  askedAtMs: number;
  asks: number;
}

/** Puts packets in order, says which are missing and when to ask for them, and when to go on without. Counts without wrapping. */
export class ReorderBuffer {
  readonly #options: ReorderOptions;
  readonly #held = new Map<number, RtpPacket>();
  readonly #missing = new Map<number, Missing>();
  #next = -1;
  #highest = -1;
  #leapt = false;

  constructor(options: ReorderOptions) {
    this.#options = options;
  }

  get waiting(): boolean {
    return this.#missing.size > 0;
  }

  /** Highest sequence number with its rollovers counted, -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Takes a packet; false where it came too late or twice. */
  push(packet: RtpPacket, nowMs: number): boolean {
    if (this.#next === -1) this.#restart(0x10000 + packet.sequence);
    const index = unwrapSequence(this.#highest, packet.sequence);
    if (index < this.#next || this.#held.has(index)) return false;
    if (index - this.#highest > MAX_GAP) this.#leap(index);
    for (let gone = this.#highest + 1; gone < index; gone += 1) this.#missing.set(gone, { sinceMs: nowMs, askedAtMs: 0, asks: 0 });
    this.#highest = Math.max(this.#highest, index);
    this.#missing.delete(index);
    this.#held.set(index, packet);
    return true;
  }

  /** Before anything was taken: also `count` packets in front of the first are missing, and waited for `waitMs`. */
  expectBefore(count: number, nowMs: number, waitMs: number): void {
    const sinceMs = nowMs - this.#options.maxWaitMs + waitMs;
    const first = this.#next;
    this.#next = first - count;
    for (let index = this.#next; index < first; index += 1) this.#missing.set(index, { sinceMs, askedAtMs: 0, asks: 0 });
  }

  /** What may go on, in order; `gap` where packets were given up. */
  take(nowMs: number): (RtpPacket | 'gap')[] {
    const ready: (RtpPacket | 'gap')[] = this.#leapt ? ['gap'] : [];
    this.#leapt = false;
    for (;;) {
      const packet = this.#held.get(this.#next);
      if (packet !== undefined) {
        this.#held.delete(this.#next);
        this.#next += 1;
        ready.push(packet);
      } else if (this.#givesUp(nowMs)) {
        this.#skipGap();
        ready.push('gap');
      } else {
        return ready;
      }
    }
  }

  /** Sequence numbers to ask for now, ascending. */
  due(nowMs: number, roundTripMs: number): number[] {
    const again = Math.max(30, roundTripMs * 1.25);
    const due: number[] = [];
    for (const [index, missing] of [...this.#missing].toSorted(([a], [b]) => a - b)) {
      const wait = missing.asks === 0 ? missing.sinceMs + REORDER_MS : missing.askedAtMs + again;
      if (nowMs < wait || missing.asks >= MAX_ASKS) continue;
      missing.asks += 1;
      missing.askedAtMs = nowMs;
      due.push(index & 0xffff);
    }
    return due;
  }

  #leap(index: number): void {
    this.#restart(index);
    this.#leapt = true;
  }

  #restart(index: number): void {
    this.#held.clear();
    this.#missing.clear();
    this.#next = index;
    this.#highest = index - 1;
  }

  #givesUp(nowMs: number): boolean {
    const first = this.#missing.get(this.#next);
    return first !== undefined && (nowMs - first.sinceMs >= this.#options.maxWaitMs || this.#held.size > MAX_HELD);
  }

  #skipGap(): void {
    for (; this.#missing.delete(this.#next); this.#next += 1);
  }
}

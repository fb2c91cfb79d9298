import { unwrapSequence } from './rtp/sequence.ts';
import type { RtpPacket } from './rtp/packet.ts';

/** A gap this wide is a new beginning, not a loss to repair. */
const MAX_GAP = 1000;
/** Packets held behind a gap; the oldest gap is given up when there are more. */
const MAX_HELD = 2048;
/** Packets that only come in the wrong order are not asked for: at first this is waited, then what the way's reordering takes. */
const REORDER_MS = 8;
const LONGEST_REORDER_MS = 120;
/** What was learned of reordering is forgotten by half in this time. */
const FORGET_MS = 4000;
const MAX_ASKS = 10;
/** Sooner than this nobody is asked again, however near. */
const ASK_AGAIN_MS = 30;
/** Of the time that a repair takes. */
const AGAIN = 1.2;
/** Each question is put twice, this far apart: it costs some bytes, and a question that gets lost costs a whole round. Senders answer one of them. */
const TWICE_AFTER_MS = 20;

export interface ReorderOptions {
  /** How long a missing packet holds back those behind it, ms. */
  readonly maxWaitMs: number;
  /** Packets that are sent again come marked as such: only then lateness tells of reordering. */
  readonly repairsMarked?: boolean;
}

interface Missing {
  readonly sinceMs: number;
  firstAskedAtMs: number;
  askedAtMs: number;
  asks: number;
  askedTwice: boolean;
}

/** Puts packets in order, says which are missing and when to ask for them, and when to go on without. Counts without wrapping. */
export class ReorderBuffer {
  readonly #options: ReorderOptions;
  readonly #held = new Map<number, RtpPacket>();
  readonly #missing = new Map<number, Missing>();
  #next = -1;
  #highest = -1;
  #leapt = false;
  #maxWaitMs: number;
  #reorderMs = REORDER_MS;
  #reorderedAtMs = 0;
  /** From asking to the answer; null before the first. */
  #repairMs: number | null = null;

  constructor(options: ReorderOptions) {
    this.#options = options;
    this.#maxWaitMs = options.maxWaitMs;
  }

  /** What a repair takes on this way, from the gap to the answer; null before the first. */
  get repairMs(): number | null {
    return this.#repairMs === null ? null : this.#reorderMs + this.#repairMs;
  }

  waitAtMost(ms: number): void {
    this.#maxWaitMs = ms;
  }

  get waiting(): boolean {
    return this.#missing.size > 0;
  }

  /** Highest sequence number with its rollovers counted, -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Takes a packet, `repaired` where it was sent again; false where it came too late or twice. */
  push(packet: RtpPacket, nowMs: number, repaired = false): boolean {
    if (this.#next === -1) this.#restart(0x10000 + packet.sequence);
    const index = unwrapSequence(this.#highest, packet.sequence);
    if (index < this.#next || this.#held.has(index)) return false;
    if (index - this.#highest > MAX_GAP) this.#leap(index);
    for (let gone = this.#highest + 1; gone < index; gone += 1) this.#missing.set(gone, { sinceMs: nowMs, firstAskedAtMs: 0, askedAtMs: 0, asks: 0, askedTwice: true });
    this.#highest = Math.max(this.#highest, index);
    this.#learn(this.#missing.get(index), nowMs, repaired);
    this.#missing.delete(index);
    this.#held.set(index, packet);
    return true;
  }

  /** Late packets teach how long reordering takes; answers, counted from the first question, how long a repair does: rather too long than too short. */
  #learn(missing: Missing | undefined, nowMs: number, repaired: boolean): void {
    if (missing === undefined) return;
    if (repaired && missing.asks > 0) {
      const tookMs = nowMs - missing.firstAskedAtMs;
      this.#repairMs = this.#repairMs === null ? tookMs : this.#repairMs + (tookMs - this.#repairMs) / 8;
    } else if (!repaired && this.#options.repairsMarked === true) {
      const lateMs = Math.min(LONGEST_REORDER_MS, nowMs - missing.sinceMs);
      this.#reorderMs += (lateMs - this.#reorderMs) * (lateMs > this.#reorderMs ? 0.1 : 0.02);
      this.#reorderedAtMs = nowMs;
    }
  }

  #orderWaitMs(nowMs: number): number {
    const share = 0.5 ** ((nowMs - this.#reorderedAtMs) / FORGET_MS);
    return Math.max(REORDER_MS, this.#reorderMs * share);
  }

  /** Before anything was taken: also `count` packets in front of the first are missing, and waited for `waitMs`. */
  expectBefore(count: number, nowMs: number, waitMs: number): void {
    const sinceMs = nowMs - this.#maxWaitMs + waitMs;
    const first = this.#next;
    this.#next = first - count;
    for (let index = this.#next; index < first; index += 1) this.#missing.set(index, { sinceMs, firstAskedAtMs: 0, askedAtMs: 0, asks: 0, askedTwice: true });
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
    const again = Math.max(ASK_AGAIN_MS, (this.#repairMs ?? roundTripMs) * AGAIN);
    const orderMs = this.#orderWaitMs(nowMs);
    const due: number[] = [];
    for (const [index, missing] of [...this.#missing].toSorted(([a], [b]) => a - b)) {
      const wait = missing.asks === 0 ? missing.sinceMs + orderMs : missing.askedAtMs + again * (1 + (missing.asks - 1) / 2);
      const isDue = nowMs >= wait && missing.asks < MAX_ASKS;
      if (isDue) ask(missing, nowMs);
      else if (missing.askedTwice || nowMs < missing.askedAtMs + TWICE_AFTER_MS) continue;
      else missing.askedTwice = true;
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
    return first !== undefined && (nowMs - first.sinceMs >= this.#maxWaitMs || this.#held.size > MAX_HELD);
  }

  #skipGap(): void {
    for (; this.#missing.delete(this.#next); this.#next += 1);
  }
}

function ask(missing: Missing, nowMs: number): void {
  missing.asks += 1;
  missing.askedAtMs = nowMs;
  missing.askedTwice = false;
  if (missing.asks === 1) missing.firstAskedAtMs = nowMs;
}

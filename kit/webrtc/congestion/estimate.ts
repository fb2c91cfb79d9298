import type { Delivered, Settled } from './departures.ts';

/**
 * What the way to the far end carries (pure but for its memory; the caller brings the time). Two signs of too much are heeded:
 *
 * - a *standing queue*: the least delay of the last 300 ms lies above the least of the last half minute. The least, not the mean: jitter,
 *   a far end that was busy for a moment and retransmissions leave some packets undelayed, a full queue leaves none.
 * - *loss* above what radio links lose at random.
 *
 * Either sets the estimate to a little less than what just arrived, which is what the bottleneck lets through. It rises by what
 * arrives without a queue, by a few percent a second, and by probes.
 */
export interface EstimateState {
  readonly bps: number;
  /** Too much was sent at least once, lately: what is known of the way is a limit, not only what was tried. */
  readonly limited: boolean;
  /** Share of packets lost, 0 to 1, smoothed over some seconds. */
  readonly lossShare: number;
  readonly queueMs: number;
  /** So much more gets through than is sent, as far as is known, that repairs find room. */
  readonly hasRoom: boolean;
}

const RECENT_MS = 300;
const RATE_MS = 500;
const BASE_MS = 15_000;
/** Fewer packets say nothing about a queue. */
const MIN_RECENT = 6;
/** A queue this long that does not shrink is ours. */
const STANDING_MS = 150;
/** And that stands for so long. */
const STANDS_FOR_MS = 250;
const GROWS_BY_MS = 30;
const OVERFLOWING_LOSS = 0.05;
const SHRINKS_BY_MS = 15;
const BACK_OFF = 0.85;
/** What was sent before a decrease is still in the queue for a while. */
const SETTLE_MS = 400;
const HIGH_LOSS = 0.1;
/** Nearly nothing comes through any more: one look is enough. */
const COLLAPSE = 0.4;
/** Above this the estimate does not rise. */
const HOLDING_LOSS = 0.07;
const MIN_COUNTED = 50;
const RISE_PER_S = 0.08;
/** What was not tried is not known: nothing is promised beyond this multiple of what arrives. */
const UNTRIED = 1.5;
const UNLIMITED_AFTER_MS = 60_000;
const ROOM = 1.4;
const MIN_BPS = 50_000;

const NOTHING: Settled = { sent: 0, lost: 0, deliveredBytes: 0, spanMs: 0 };

export class BandwidthEstimate {
  #bps = 0;
  #limitedAtMs = Number.NEGATIVE_INFINITY;
  #decreasedAtMs = Number.NEGATIVE_INFINITY;
  #recent: Delivered[] = [];
  /** Least one-way delay, of two clocks, of this quarter minute and of the one before. */
  #base: { readonly sinceMs: number; readonly ms: number; readonly beforeMs: number } | null = null;
  #queueMs = 0;
  /** Of the first delays, what is known to be a queue. */
  #unseenMs = 0;
  #over: { readonly sinceMs: number; readonly queueMs: number } | null = null;
  #lossShare = 0;
  #counted: Settled = NOTHING;
  #risenAtMs: number | null = null;

  state(nowMs: number): EstimateState {
    return { bps: Math.round(this.#bps), limited: this.#isLimited(nowMs), lossShare: this.#lossShare, queueMs: this.#queueMs, hasRoom: !this.#isLimited(nowMs) || this.#bps > this.rateBps() * ROOM };
  }

  #isLimited(nowMs: number): boolean {
    return nowMs - this.#limitedAtMs < UNLIMITED_AFTER_MS;
  }

  onDelivered(delivered: readonly Delivered[], nowMs: number): void {
    if (delivered.length === 0) return;
    this.#recent.push(...delivered);
    this.#learnBase(delivered, nowMs);
    this.#trim();
    const before = this.#queueMs;
    this.#queueMs = this.#standingQueue();
    if (this.#isOver(before, nowMs)) this.#decrease(this.rateBps() * BACK_OFF, nowMs, this.#queueMs);
    else if (this.#queueMs < STANDING_MS) this.#rise(nowMs);
  }

  /** Packets whose fate is known. */
  onSettled(settled: Settled, nowMs: number): void {
    const before = this.#counted;
    const counted = {
      sent: before.sent + settled.sent, lost: before.lost + settled.lost,
      deliveredBytes: before.deliveredBytes + settled.deliveredBytes, spanMs: before.spanMs + settled.spanMs,
    };
    this.#counted = counted.sent < MIN_COUNTED ? counted : NOTHING;
    // Where nothing at all came through the line was down, which says nothing of what it carries.
    if (counted.sent < MIN_COUNTED || counted.lost === counted.sent) return;
    const share = counted.lost / counted.sent;
    this.#lossShare += (share - this.#lossShare) * 0.3;
    // One bad moment is not enough. What came of these is what the way lets through, so that the lost share is not taken off once more.
    const high = Math.min(share, this.#lossShare) > HIGH_LOSS || share > COLLAPSE;
    if (high) this.#decrease(((counted.deliveredBytes * 8000) / Math.max(100, counted.spanMs)) * BACK_OFF, nowMs, 0);
  }

  /** A queue stands that was there before the first packet was counted; so much got through. */
  onStuck(arrivedBps: number, queueMs: number, nowMs: number): void {
    this.#queueMs = queueMs;
    this.#unseenMs = this.#base === null ? queueMs : 0;
    this.#decrease(arrivedBps * BACK_OFF, nowMs, 0);
  }

  /** A probe came through at this rate. */
  onProbe(bps: number): void {
    this.#bps = Math.max(this.#bps, bps);
  }

  /** Of the last half second, by the far end's clock. */
  rateBps(): number {
    const newest = this.#recent.reduce((latest, { arrivedAtMs }) => Math.max(latest, arrivedAtMs), Number.NEGATIVE_INFINITY);
    const bytes = this.#recent.reduce((sum, packet) => (packet.arrivedAtMs > newest - RATE_MS ? sum + packet.bytes : sum), 0);
    return (bytes * 8000) / RATE_MS;
  }

  #learnBase(delivered: readonly Delivered[], nowMs: number): void {
    const least = Math.min(...delivered.map(delayOf)) - this.#unseenMs;
    this.#unseenMs = 0;
    const base = this.#base;
    if (base === null) this.#base = { sinceMs: nowMs, ms: least, beforeMs: least };
    else if (nowMs - base.sinceMs > BASE_MS) this.#base = { sinceMs: nowMs, ms: least, beforeMs: base.ms };
    else if (least < base.ms) this.#base = { ...base, ms: least };
  }

  #trim(): void {
    const newest = this.#recent.at(-1)?.arrivedAtMs ?? 0;
    const stale = this.#recent.findIndex(({ arrivedAtMs }) => arrivedAtMs > newest - 2 * RATE_MS);
    if (stale > 0) this.#recent = this.#recent.slice(stale);
  }

  #standingQueue(): number {
    const newest = this.#recent.at(-1)?.arrivedAtMs ?? 0;
    const recent = this.#recent.filter(({ arrivedAtMs }) => arrivedAtMs > newest - RECENT_MS);
    if (recent.length < MIN_RECENT || this.#base === null) return 0;
    return Math.max(0, Math.min(...recent.map(delayOf)) - Math.min(this.#base.ms, this.#base.beforeMs));
  }

  /** The queue stands for a while, and grows or overflows. One that only stands lets everything through: a far end that is too busy to read at once. */
  #isOver(beforeMs: number, nowMs: number): boolean {
    if (this.#queueMs < STANDING_MS || this.#queueMs < beforeMs - SHRINKS_BY_MS) {
      this.#over = null;
      return false;
    }
    this.#over ??= { sinceMs: nowMs, queueMs: this.#queueMs };
    if (this.#queueMs < this.#over.queueMs + GROWS_BY_MS && this.#lossShare < OVERFLOWING_LOSS) return false;
    return nowMs - this.#over.sinceMs >= STANDS_FOR_MS;
  }

  #decrease(to: number, nowMs: number, queueMs: number): void {
    if (nowMs - this.#decreasedAtMs < SETTLE_MS + queueMs) return;
    this.#decreasedAtMs = nowMs;
    this.#limitedAtMs = nowMs;
    this.#over = null;
    this.#bps = Math.max(MIN_BPS, this.#bps === 0 ? to : Math.min(this.#bps, to));
  }

  #rise(nowMs: number): void {
    const elapsedMs = Math.min(1000, nowMs - (this.#risenAtMs ?? nowMs));
    this.#risenAtMs = nowMs;
    const rate = this.rateBps();
    if (!this.#isLimited(nowMs)) this.#bps = Math.max(this.#bps, rate * UNTRIED);
    if (this.#lossShare > HOLDING_LOSS) return;
    const slowly = this.#bps * (1 + (RISE_PER_S * elapsedMs) / 1000);
    this.#bps = Math.max(this.#bps, Math.min(slowly, rate * UNTRIED), rate * BACK_OFF);
  }
}

function delayOf({ arrivedAtMs, sentAtMs }: Delivered): number {
  return arrivedAtMs - sentAtMs;
}

import { sequenceDelta } from '../rtp/sequence.ts';
import type { TransportFeedback } from '../rtcp/transport-feedback.ts';

/** Packets remembered: more than a second of the fastest ladder. A power of two below the 16-bit circle. */
const KEPT = 4096;
/** The receiver's clock comes as 24 bits of 64 ms. */
const ARRIVAL_WRAP_MS = 2 ** 24 * 64;

const [UNKNOWN, ARRIVED, MISSED] = [0, 1, 2];

/** A packet that arrived: times of two clocks, whose difference is unknown but steady. */
export interface Delivered {
  readonly sentAtMs: number;
  readonly arrivedAtMs: number;
  readonly bytes: number;
  /** Which probe it was part of, 0 for none. */
  readonly probe: number;
}

export interface Settled {
  readonly sent: number;
  readonly lost: number;
  readonly deliveredBytes: number;
  /** From the one before the first of them to the last, when they left. */
  readonly spanMs: number;
}

/** The sending side of transport-wide feedback: numbers every packet, and learns which arrived. */
export class Departures {
  readonly #sentAtMs = new Float64Array(KEPT);
  readonly #bytes = new Uint16Array(KEPT);
  readonly #probe = new Uint16Array(KEPT);
  readonly #fate = new Uint8Array(KEPT);
  #next = 0;
  /** Everything before this was counted as arrived or lost. */
  #settled = 0;
  /** When the last of these left. */
  #settledAtMs: number | null = null;
  #lastArrivalMs: number | null = null;
  /** When the last packet left that is known to have arrived. */
  #arrivedUntilMs = Number.NEGATIVE_INFINITY;

  /** The number of the next packet. */
  get next(): number {
    return this.#next & 0xffff;
  }

  /** Takes note of a packet that leaves now; answers its number. */
  depart(bytes: number, nowMs: number, probe = 0): number {
    const slot = this.#next % KEPT;
    this.#sentAtMs[slot] = nowMs;
    this.#bytes[slot] = bytes;
    this.#probe[slot] = probe;
    this.#fate[slot] = UNKNOWN;
    this.#next += 1;
    return (this.#next - 1) & 0xffff;
  }

  /** Packets that the report tells of for the first time, in the order of their numbers. */
  acknowledge(feedback: TransportFeedback): Delivered[] {
    const delivered: Delivered[] = [];
    const first = this.#next + sequenceDelta(this.#next & 0xffff, feedback.baseSequence);
    for (const [offset, arrival] of feedback.arrivals.entries()) {
      const index = first + offset;
      const slot = index % KEPT;
      if (index < 0 || index >= this.#next || index < this.#next - KEPT || this.#fate[slot] === ARRIVED) continue;
      this.#fate[slot] = arrival === null ? MISSED : ARRIVED;
      if (arrival === null) continue;
      this.#arrivedUntilMs = Math.max(this.#arrivedUntilMs, this.#sentAtMs[slot] ?? 0);
      const arrivedAtMs = this.#unwrap(arrival);
      delivered.push({ sentAtMs: this.#sentAtMs[slot] ?? 0, arrivedAtMs, bytes: this.#bytes[slot] ?? 0, probe: this.#probe[slot] ?? 0 });
    }
    return delivered;
  }

  /**
   * What became of the packets that left longer than `marginMs` before one that arrived, and were not counted yet. By the order of departures and
   * not by the clock: a queue, or a machine that was busy, makes packets late and not lost. Not counted are probes, which may get lost, and those that no
   * report spoke of: browsers tell each arrival once, and that report may be what was lost.
   */
  settle(marginMs: number): Settled {
    const beforeMs = this.#arrivedUntilMs - marginMs;
    const settled = { sent: 0, lost: 0, deliveredBytes: 0, spanMs: 0 };
    this.#settled = Math.max(this.#settled, this.#next - KEPT);
    for (; this.#settled < this.#next; this.#settled += 1) {
      const slot = this.#settled % KEPT;
      const sentAtMs = this.#sentAtMs[slot] ?? 0;
      if (sentAtMs >= beforeMs) break;
      if (this.#settledAtMs !== null) settled.spanMs += sentAtMs - this.#settledAtMs;
      this.#settledAtMs = sentAtMs;
      if (this.#probe[slot] !== 0 || this.#fate[slot] === UNKNOWN) continue;
      settled.sent += 1;
      if (this.#fate[slot] === MISSED) settled.lost += 1;
      else settled.deliveredBytes += this.#bytes[slot] ?? 0;
    }
    return settled;
  }

  #unwrap(arrivalMs: number): number {
    const last = this.#lastArrivalMs ?? arrivalMs;
    const turns = Math.round((last - arrivalMs) / ARRIVAL_WRAP_MS);
    const unwrapped = arrivalMs + turns * ARRIVAL_WRAP_MS;
    this.#lastArrivalMs = Math.max(last, unwrapped);
    return unwrapped;
  }
}

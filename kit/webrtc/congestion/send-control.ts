import type { TransportFeedback } from '../rtcp/transport-feedback.ts';
import { Departures, type Delivered } from './departures.ts';
import { BandwidthEstimate, type EstimateState } from './estimate.ts';

/** A packet is lost when one that left so much later has arrived: more than reordering and a report or two that went missing explain. */
const FATE_KNOWN_MS = 300;
/** A probe that was not answered by now came through too slowly. */
const PROBE_ANSWER_MS = 1500;
const PROBE_SHARE = 0.8;
const PROBE_MS = 120;
const PROBE_TICK_MS = 5;
const MIN_PROBE_PACKETS = 5;

interface Probe {
  readonly id: number;
  readonly bps: number;
  readonly sinceMs: number;
  packets: number;
  bytes: number;
  arrived: number;
  /** When the last of it left. */
  sentUntilMs: number;
  /** It, and what else left meanwhile and has its share of the way. */
  readonly delivered: Delivered[];
}

/** Congestion control of one connection: numbers what leaves, takes the far end's reports, says what the way carries. */
export class SendControl {
  readonly #nowMs: () => number;
  readonly #departures = new Departures();
  readonly #estimate = new BandwidthEstimate();
  #probe: Probe | null = null;
  #probes = 0;
  #probedAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get state(): EstimateState {
    return this.#estimate.state(this.#nowMs());
  }

  /** The transport-wide sequence number of a packet that leaves now. */
  depart(bytes: number, probe = 0): number {
    return this.#departures.depart(bytes, this.#nowMs(), probe);
  }

  /** The number of the next packet. */
  get nextNumber(): number {
    return this.#departures.next;
  }

  /** Another sign than reports of arrivals says that more than this does not get through. */
  limit(bps: number, queueMs: number): void {
    this.#estimate.onStuck(bps, queueMs, this.#nowMs());
  }

  onFeedback(feedback: TransportFeedback): void {
    const nowMs = this.#nowMs();
    const delivered = this.#departures.acknowledge(feedback);
    this.#estimate.onDelivered(delivered.filter(({ probe }) => probe === 0), nowMs);
    const settled = this.#departures.settle(FATE_KNOWN_MS);
    // A probe that is too much takes others with it.
    if (nowMs - this.#probedAtMs > PROBE_ANSWER_MS) this.#estimate.onSettled(settled, nowMs);
    if (this.#probe !== null) this.#followProbe(this.#probe, delivered, nowMs);
  }

  /** Sends packets at this rate for a tenth of a second; `send` answers the bytes it sent, 0 where it has nothing. */
  probe(bps: number, send: (probe: number) => number): void {
    const nowMs = this.#nowMs();
    if (this.#probe !== null && nowMs - this.#probe.sinceMs < PROBE_ANSWER_MS) return;
    this.#probes = (this.#probes % 0xffff) + 1;
    this.#probedAtMs = nowMs;
    this.#probe = { id: this.#probes, bps, sinceMs: nowMs, packets: 0, bytes: 0, arrived: 0, sentUntilMs: Infinity, delivered: [] };
    this.#timer ??= setInterval(() => this.#sendProbe(send), PROBE_TICK_MS).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** As many as are due by now. */
  #sendProbe(send: (probe: number) => number): void {
    const probe = this.#probe;
    const elapsedMs = Math.min(PROBE_MS, this.#nowMs() - (probe?.sinceMs ?? 0));
    if (probe === null) return this.close();
    let due = (probe.bps * elapsedMs) / 8000 - probe.bytes;
    for (let sent = 1; due > 0 && sent > 0; due -= sent) {
      sent = send(probe.id);
      probe.bytes += sent;
      probe.packets += sent > 0 ? 1 : 0;
    }
    if (elapsedMs < PROBE_MS) return;
    probe.sentUntilMs = this.#nowMs();
    this.close();
  }

  #followProbe(probe: Probe, delivered: readonly Delivered[], nowMs: number): void {
    probe.arrived += delivered.filter(({ probe: id }) => id === probe.id).length;
    probe.delivered.push(...delivered.filter(({ sentAtMs }) => sentAtMs >= probe.sinceMs && sentAtMs <= probe.sentUntilMs));
    if (nowMs - probe.sinceMs > PROBE_ANSWER_MS) this.#probe = null;
    else if (this.#timer === null && probe.packets >= MIN_PROBE_PACKETS && probe.arrived >= probe.packets * PROBE_SHARE) {
      this.#probe = null;
      this.#estimate.onProbe(Math.min(probe.bps, rateOf(probe.delivered)));
    }
  }
}

/** From the first arrival to the last, the first packet's own bytes not counted: they came before the time began. */
function rateOf(delivered: readonly Delivered[]): number {
  const sorted = delivered.toSorted((a, b) => a.arrivedAtMs - b.arrivedAtMs);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return 0;
  const bytes = sorted.reduce((sum, packet) => sum + packet.bytes, 0) - first.bytes;
  return (bytes * 8000) / Math.max(1, last.arrivedAtMs - first.arrivedAtMs);
}

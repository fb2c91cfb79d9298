import { REFILLED_MS } from './allowance.ts';
import { Memberships, type PumpCohort } from './cohort.ts';
import type { CountingPlaces } from './congestion/counting-places.ts';
import { WatchedWay } from './congestion/watched-way.ts';
import { OVERHEAD_BYTES } from './congestion/wire-rate.ts';
import { FrameAdmission } from './frame-admission.ts';
import { Pacer } from './pacer.ts';
import type { MediaPump, PumpKey, PumpSession, TwiceFrom } from './pump.ts';
import { PumpedSender } from './pumped-sender.ts';
import { RepairBudget } from './repair-budget.ts';
import type { ReportBlock } from './rtcp/packet.ts';
import type { TransportFeedback } from './rtcp/transport-feedback.ts';
import { writeFirstExtension } from './rtp/packet.ts';
import { StreamSender, type HowToSend } from './sender.ts';
import type { AgreedLayer, AgreedStream } from './stream.ts';
import type { TransportAddress } from './stun/check.ts';
import type { Cohort, PacketizedFrame, PeerStats } from './types.ts';

export interface OutgoingPorts {
  /** Seals and sends one packet; answers its bytes. */
  readonly sendRtp: (header: Buffer, payload: Buffer) => number;
  readonly sendRtcp: (compound: Buffer) => void;
  readonly onWayChanged: () => void;
  readonly nowMs: () => number;
  readonly cname: string;
  /** What takes the packets, and by which key; null where each goes by itself. */
  readonly pump: { readonly pump: MediaPump; readonly key: PumpKey } | null;
  readonly places: CountingPlaces;
  /** Where datagrams go just now. */
  readonly destination: () => TransportAddress | null;
}

/** RFC 3550 section 6.2. What ties pictures to sound was said before the first packet; clocks do not part in this time, and to many viewers it costs as much as media. */
const SENDER_REPORT_EVERY_MS = 5000;
const FIRST_SENDER_REPORT_MS = 1000;
/** RTP header and tag alone. */
const SRTP_BYTES = 28;
/** Share of packets. */
const LOSSY = 0.02;
/** Packets in one question. */
const AT_RANDOM = 3;

/** What one connected far end is sent: whole frames in, paced, numbered, kept for repair; what its reports say of the way. */
export class OutgoingMedia {
  readonly #ports: OutgoingPorts;
  readonly #pacer: Pacer;
  readonly #admission = new FrameAdmission();
  readonly #repairs = new RepairBudget();
  readonly #senders: readonly (StreamSender | PumpedSender)[];
  readonly #pumped: PumpSession | null;
  readonly #memberships = new Memberships();
  readonly #way: WatchedWay;
  #aimedAt: TransportAddress | null = null;
  #toldAtMs: number;
  #roundTripMs: number | null = null;
  readonly #stats = { packetsSent: 0, bytesSent: 0, framesLeftOut: 0 };

  constructor(streams: readonly AgreedStream[], ports: OutgoingPorts) {
    this.#ports = ports;
    this.#pacer = new Pacer(ports.nowMs);
    this.#toldAtMs = ports.nowMs() - SENDER_REPORT_EVERY_MS + FIRST_SENDER_REPORT_MS;
    const sent = streams.filter(({ direction }) => direction === 'send');
    const canCount = sent.some(({ extensions }) => extensions.transportSequence !== null);
    this.#pumped = ports.pump === null ? null : ports.pump.pump.openSession(ports.pump.key);
    this.#way = new WatchedWay({
      nowMs: ports.nowMs, onChanged: ports.onWayChanged,
      // Without a pump there are few far ends, often one.
      counts: !canCount ? 'never' : this.#pumped === null ? 'always' : 'in-doubt',
      places: ports.places,
      pace: (bps) => this.#pacer.limit(bps),
      onTurned: () => this.#memberships.leaveAll(),
    });
    this.#senders = sent.flatMap((stream) => stream.layers.map((layer) => this.#openSender(stream, layer)));
  }

  get ssrcs(): number[] {
    return this.#senders.map(({ layer }) => layer.ssrc);
  }

  get roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  /** Sender reports before the first packet: the far end then knows the time of the very first frame. */
  start(): void {
    for (const sender of this.#senders) this.#ports.sendRtcp(sender.report());
  }

  send(frame: PacketizedFrame, rid: string | null): void {
    const sender = this.#senderFor(frame.kind, rid);
    if (sender === null) return;
    this.#memberships.leave(frame.kind);
    if (frame.kind === 'video' && !this.#admission.admits(rid, frame.keyframe, this.#waitMs())) {
      this.#stats.framesLeftOut += 1;
      return;
    }
    sender.send(frame);
  }

  /** False where this far end is to be sent to by itself for now: it begins, its way is counted or narrow, something waits, or it is none for a pump. */
  join(cohort: PumpCohort, onLeft: () => void): boolean {
    const sender = this.#senderFor(cohort.kind, null);
    const variant = sender instanceof PumpedSender && this.#isPlain(cohort.kind) ? sender.settledVariant : null;
    if (!(sender instanceof PumpedSender) || variant === null) return false;
    this.#memberships.enter(cohort, sender, variant, onLeft);
    return true;
  }

  leave(kind: Cohort['kind']): void {
    this.#memberships.leave(kind);
  }

  /** Media may go another way from now on. A cohort sends without asking where to. */
  moved(): void {
    if (this.#aimedAt !== null && this.#ports.destination() !== this.#aimedAt) this.#memberships.leaveAll();
  }

  forget(rid: string | null): void {
    this.#memberships.leave('video');
    this.#senderFor('video', rid)?.forget();
  }

  /** Tries whether the way carries this much, with packets that were sent already; false where nobody would tell. */
  probe(bps: number, rid: string | null): boolean {
    const sender = this.#senderFor('video', rid);
    const { control } = this.#way;
    if (sender === null || control === null) return false;
    control.probe(bps, (probe) => sender.sendProbe(probe));
    return true;
  }

  /** Whether what leaves is to be counted for as long as this is wanted, and not only in doubt. */
  watch(isWatched: boolean): void {
    this.#way.watch(isWatched);
  }

  tick(): void {
    const nowMs = this.#ports.nowMs();
    this.#way.tick();
    if (nowMs - this.#toldAtMs < SENDER_REPORT_EVERY_MS) return;
    this.#toldAtMs = nowMs;
    for (const sender of this.#senders) if (sender.packets > 0) this.#ports.sendRtcp(sender.report());
  }

  onNack(mediaSsrc: number, sequences: readonly number[]): void {
    // Sound earns what pictures may be repaired with.
    this.#catchUp();
    this.#senderOf(mediaSsrc)?.resend(sequences, this.#roundTripMs ?? 0, this.#twiceFrom(sequences.length));
    this.#way.onMissing(sequences.length);
  }

  onReports(reports: readonly ReportBlock[]): void {
    for (const report of reports) {
      const sender = this.#senderOf(report.ssrc);
      const roundTripMs = sender?.acknowledge(report) ?? null;
      if (roundTripMs !== null) this.#roundTripMs = smoothed(this.#roundTripMs, roundTripMs);
      const reception = sender instanceof PumpedSender ? sender.receptionOf(report) : null;
      // What still waits here is not on the way: a server that is late must not doubt the ways of all its viewers.
      if (reception !== null) this.#way.onReception({ ...reception, unansweredMs: Math.max(0, reception.unansweredMs - this.#pumpWaitMs) });
    }
  }

  onTransportFeedback(feedback: TransportFeedback): void {
    this.#way.onFeedback(feedback);
  }

  onLimitTold(bps: number): void {
    this.#way.onLimitTold(bps);
  }

  /** The stream's layer; undefined where the SSRC is not ours. */
  ridOf(ssrc: number): string | null | undefined {
    return this.#senderOf(ssrc)?.layer.rid;
  }

  stats(): Pick<PeerStats, 'packetsSent' | 'bytesSent' | 'framesLeftOut' | 'packetsLost' | 'retransmitted' | 'way'> {
    const sum = (of: (sender: StreamSender | PumpedSender) => number): number => this.#senders.reduce((total, sender) => total + of(sender), 0);
    this.#catchUp();
    return { ...this.#stats, packetsLost: sum(({ lost }) => lost), retransmitted: sum(({ retransmitted }) => retransmitted), way: this.way };
  }

  /** What the way carries; null while nobody tells. */
  get way(): PeerStats['way'] {
    return this.#way.state;
  }

  close(): void {
    this.#memberships.leaveAll();
    this.#way.close();
    this.#pacer.close();
    this.#pumped?.close();
  }

  /**
   * Answers go twice where the way has room, for a third round comes too late for the picture: from the first question on where it loses some at
   * random, as browsers put each question once, and again only after a tenth of a second. What is lost in a row may be a queue that is full.
   */
  #twiceFrom(missing: number): TwiceFrom {
    const { control, isNarrow } = this.#way;
    if (control === null || isNarrow) return 0;
    return missing <= AT_RANDOM && control.state.lossShare >= LOSSY ? 1 : 2;
  }

  #openSender(stream: AgreedStream, layer: AgreedLayer): StreamSender | PumpedSender {
    const { nowMs, cname } = this.#ports;
    if (this.#pumped === null) {
      const isCounted = stream.extensions.transportSequence !== null;
      const transmit = (header: Buffer, payload: Buffer, how: HowToSend): void => this.#transmit(header, payload, isCounted ? how : { ...how, numbered: false });
      return new StreamSender(stream, layer, { nowMs, cname, mayRepair: (bytes) => this.#repairs.spend(bytes), transmit });
    }
    return new PumpedSender(stream, layer, {
      nowMs, cname, pump: this.#pumped,
      counting: () => this.#way.control,
      transmit: (packets, bytes, urgent, send) => this.#pump(packets, bytes, urgent, send),
      shared: (packets, bytes, atMs) => this.#onShared(packets, bytes, atMs),
      repairBytes: () => this.#repairs.left,
      repaired: (packets, bytes) => {
        this.#repairs.spend(bytes);
        this.#pacer.spend(bytes + packets * OVERHEAD_BYTES);
        this.#countSent(packets, bytes);
      },
    });
  }

  /** Asked for each frame of each viewer: a plain loop, which is several times quicker here than a search by function. */
  #senderFor(kind: PacketizedFrame['kind'], rid: string | null): StreamSender | PumpedSender | null {
    for (const sender of this.#senders) if (sender.stream.kind === kind && (kind === 'audio' || sender.layer.rid === rid)) return sender;
    return null;
  }

  #senderOf(ssrc: number): StreamSender | PumpedSender | undefined {
    return this.#senders.find(({ layer }) => layer.ssrc === ssrc);
  }

  get #pumpWaitMs(): number {
    return this.#ports.pump?.pump.waitMs ?? 0;
  }

  /** How long a picture would wait: in this far end's pacer, or behind everybody's. */
  #waitMs(): number {
    return Math.max(this.#pacer.waitMs, this.#pumpWaitMs);
  }

  #pump(packets: number, bytes: number, urgent: boolean, send: () => void): void {
    const onWire = bytes + packets * OVERHEAD_BYTES;
    this.#repairs.earn(bytes, this.#way.isNarrow);
    const leave = (): void => {
      if (!this.#aim()) return;
      this.#countSent(packets, bytes);
      send();
    };
    if (!urgent) return this.#pacer.push(onWire, leave);
    this.#pacer.spend(onWire);
    leave();
  }

  #catchUp(): void {
    for (const sender of this.#senders) if (sender instanceof PumpedSender) sender.catchUp();
  }

  #onShared(packets: number, bytes: number, atMs: number): void {
    this.#repairs.earn(bytes, this.#way.isNarrow);
    this.#countSent(packets, bytes);
    if (this.#ports.nowMs() - atMs < REFILLED_MS) this.#pacer.spend(bytes + packets * OVERHEAD_BYTES);
  }

  /** Nothing has to be done for it packet by packet: nobody counts, nothing waits, and the pump's own socket is the way. */
  #isPlain(kind: Cohort['kind']): boolean {
    if (this.#way.control !== null || this.#aimedAt === null || this.#aimedAt.protocol === 'tcp') return false;
    return kind === 'audio' || (this.#pacer.waitMs === 0 && this.#admission.isOpen(null));
  }

  /** False while nothing is known to send to. */
  #aim(): boolean {
    const to = this.#ports.destination();
    if (to !== null && to !== this.#aimedAt) {
      this.#pumped?.aim(to);
      this.#aimedAt = to;
    }
    return to !== null;
  }

  #countSent(packets: number, bytes: number): void {
    this.#stats.packetsSent += packets;
    this.#stats.bytesSent += bytes + packets * SRTP_BYTES;
  }

  #transmit(header: Buffer, payload: Buffer, how: HowToSend): void {
    const bytes = payload.length + OVERHEAD_BYTES;
    this.#repairs.earn(how.repairs ? 0 : payload.length, this.#way.isNarrow);
    if (!how.urgent) return this.#pacer.push(bytes, () => this.#sendRtp(header, payload, how));
    this.#pacer.spend(bytes);
    this.#sendRtp(header, payload, how);
  }

  #sendRtp(header: Buffer, payload: Buffer, how: HowToSend): void {
    const { control } = this.#way;
    if (control !== null && how.numbered) writeFirstExtension(header, control.depart(payload.length + OVERHEAD_BYTES, how.probe));
    this.#stats.bytesSent += this.#ports.sendRtp(header, payload);
    this.#stats.packetsSent += 1;
  }
}

/** Up at once, for a queue that grows must not be fed by asking again too soon; down slowly, for one quick answer says little. */
function smoothed(beforeMs: number | null, nowMs: number): number {
  return beforeMs === null || nowMs > beforeMs ? nowMs : beforeMs + (nowMs - beforeMs) / 4;
}

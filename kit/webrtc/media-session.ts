import { FeedbackReporter } from './congestion/feedback-reporter.ts';
import { SendControl } from './congestion/send-control.ts';
import { FrameAdmission } from './frame-admission.ts';
import { Pacer } from './pacer.ts';
import { StreamReceiver, type ReceiverPorts } from './receiver.ts';
import type { MediaPump, PumpSession } from './pump.ts';
import { PumpedSender } from './pumped-sender.ts';
import { RepairBudget } from './repair-budget.ts';
import { buildBye, buildPli, buildReceiverReport, buildRemb, parseRtcp, type ReportBlock, type RtcpPacket } from './rtcp/packet.ts';
import { extensionOf, parseRtp, writeFirstExtension, type RtpPacket } from './rtp/packet.ts';
import type { TransportFeedback } from './rtcp/transport-feedback.ts';
import { StreamSender, type HowToSend } from './sender.ts';
import { rtpKeyOf } from './srtp/aes-gcm.ts';
import { SRTP_PROFILE, SrtpSession, type SrtpKeys } from './srtp/session.ts';
import type { AgreedLayer, AgreedStream } from './stream.ts';
import type { TransportAddress } from './stun/check.ts';
import type { PacketizedFrame, PeerStats, ReceivedFrame } from './types.ts';

export interface MediaPorts {
  readonly send: (datagram: Buffer) => void;
  readonly onFrame: (frame: ReceivedFrame) => void;
  readonly onKeyframeRequested: (rid: string | null) => void;
  readonly nowMs: () => number;
  readonly cname: string;
  readonly newSsrc: () => number;
  /** What takes the packets of those who are only sent to; null where each goes by itself. */
  readonly pump: MediaPump | null;
  /** Where datagrams go just now. */
  readonly destination: () => TransportAddress | null;
}

export interface MediaStats {
  packetsSent: number;
  packetsReceived: number;
  bytesSent: number;
  bytesReceived: number;
  framesLeftOut: number;
}

const REPORT_EVERY_MS = 1000;
/** What ties pictures to sound was said before the first packet; clocks do not part in this time, and to many viewers it costs as much as media. */
const SENDER_REPORT_EVERY_MS = 3000;
/** Requests for a keyframe, in and out: at most one a stream in this time. */
const KEYFRAME_REQUEST_EVERY_MS = 500;
/** A request may be lost, and Chromium overlooks one soon after another; by then our own senders' next keyframe has come anyway. */
const ASK_AGAIN_MS = 1000;
const MAX_ASKS = 10;
/** Layers and their repair streams that a far end may have at once. */
const MAX_RECEIVED_SSRCS = 16;
/** Told to a browser that publishes: more than any class needs, so that it climbs to what it was configured for. */
const REMB_BPS = 20_000_000;
/** Keyframes are let out this much faster than the way carries on average: it has some queue, and they should not take long. */
const PACE = 2.5;
/** RFC 3711 header and tag, UDP and IP: what a packet costs beyond its payload, bytes. */
const OVERHEAD_BYTES = 60;
/** RTP header and tag alone. */
const SRTP_BYTES = 28;

/** RTP and RTCP of one connected far end: keys in, frames in and out. Bytes that are wrong are dropped; nothing throws. */
export class MediaSession {
  readonly #streams: readonly AgreedStream[];
  readonly #ports: MediaPorts;
  readonly #srtp: SrtpSession;
  readonly #pacer: Pacer;
  readonly #admission = new FrameAdmission();
  readonly #repairs = new RepairBudget();
  readonly #senders: readonly (StreamSender | PumpedSender)[];
  readonly #pumped: PumpSession | null;
  #aimedAt: TransportAddress | null = null;
  readonly #receivers = new Map<number, { readonly receiver: StreamReceiver; readonly repair: boolean }>();
  readonly #localSsrc: number;
  /** Whether what is sent is counted for the far end's reports of arrivals. */
  readonly #counted: boolean;
  /** Null where the far end tells neither arrivals nor a limit. */
  readonly #control: SendControl | null;
  readonly #reporter: FeedbackReporter | null;
  readonly #stats: MediaStats = { packetsSent: 0, packetsReceived: 0, bytesSent: 0, bytesReceived: 0, framesLeftOut: 0 };
  readonly #asked = new Map<string | null, number>();
  /** Keyframes that have not come yet, and how often each was asked for. */
  readonly #wanted = new Map<string | null, number>();
  readonly #requested = new Map<string | null, number>();
  #reportedAtMs: number;
  #toldAtMs: number;
  #roundTripMs: number | null = null;
  /** The way is known to carry no more than its estimate. */
  #isNarrow = false;

  constructor(streams: readonly AgreedStream[], keys: SrtpKeys, ports: MediaPorts) {
    this.#streams = streams;
    this.#ports = ports;
    this.#srtp = new SrtpSession(keys);
    this.#pacer = new Pacer(ports.nowMs);
    this.#localSsrc = ports.newSsrc();
    this.#reportedAtMs = ports.nowMs();
    this.#toldAtMs = ports.nowMs() - SENDER_REPORT_EVERY_MS + REPORT_EVERY_MS;
    this.#counted = this.#counts('send');
    this.#control = this.#counted ? new SendControl(ports.nowMs) : null;
    this.#reporter = this.#counts('receive') ? new FeedbackReporter({ nowMs: ports.nowMs, localSsrc: this.#localSsrc, sendRtcp: (compound) => this.#sendRtcp(compound) }) : null;
    this.#pumped = this.#isPumped(keys) ? (ports.pump?.openSession(rtpKeyOf(keys.localKey, keys.localSalt)) ?? null) : null;
    this.#senders = streams.filter(({ direction }) => direction === 'send').flatMap((stream) => stream.layers.map((layer) => this.#openSender(stream, layer)));
  }

  /** A pump seals by AES-GCM alone, and its packets are not counted for reports of arrivals. */
  #isPumped(keys: SrtpKeys): boolean {
    return keys.profile === SRTP_PROFILE.aeadAes128Gcm && !this.#counted && this.#streams.every(({ direction }) => direction === 'send');
  }

  #openSender(stream: AgreedStream, layer: AgreedLayer): StreamSender | PumpedSender {
    const { nowMs, cname } = this.#ports;
    if (this.#pumped === null) {
      return new StreamSender(stream, layer, { nowMs, cname, mayRepair: (bytes) => this.#repairs.spend(bytes), transmit: (header, payload, how) => this.#transmit(header, payload, how) });
    }
    return new PumpedSender(stream, layer, {
      nowMs, cname, pump: this.#pumped,
      transmit: (packets, bytes, urgent, send) => this.#pump(packets, bytes, urgent, send),
      repairBytes: () => this.#repairs.left,
      repaired: (packets, bytes) => {
        this.#repairs.spend(bytes);
        this.#pacer.spend(bytes + packets * OVERHEAD_BYTES);
        this.#countSent(packets, bytes);
      },
    });
  }

  #counts(direction: AgreedStream['direction']): boolean {
    return this.#streams.some((stream) => stream.direction === direction && stream.extensions.transportSequence !== null);
  }

  /** Sender reports before the first packet: the far end then knows the time of the very first frame. */
  start(): void {
    for (const sender of this.#senders) this.#sendRtcp(sender.report());
  }

  send(frame: PacketizedFrame, rid: string | null): void {
    const sender = this.#senderFor(frame.kind, rid);
    if (sender === null) return;
    if (frame.kind === 'video' && !this.#admission.admits(rid, frame.keyframe, this.#waitMs())) {
      this.#stats.framesLeftOut += 1;
      return;
    }
    sender.send(frame);
  }

  /** Asked for each frame of each viewer: a plain loop, which is several times quicker here than a search by function. */
  #senderFor(kind: PacketizedFrame['kind'], rid: string | null): StreamSender | PumpedSender | null {
    for (const sender of this.#senders) if (sender.stream.kind === kind && (kind === 'audio' || sender.layer.rid === rid)) return sender;
    return null;
  }

  forget(rid: string): void {
    this.#senders.find(({ layer }) => layer.rid === rid)?.forget();
  }

  /** Tries whether the way carries this much, with packets that were sent already. */
  probe(bps: number, rid: string | null): void {
    const sender = this.#senders.find(({ stream, layer }) => stream.kind === 'video' && layer.rid === rid);
    if (sender !== undefined) this.#control?.probe(bps, (probe) => sender.sendProbe(probe));
  }

  requestKeyframe(rid: string | null): void {
    if (!this.#wanted.has(rid)) this.#wanted.set(rid, 0);
    this.#askForKeyframes();
  }

  /** Whether the datagram was authentic. */
  receiveRtp(datagram: Buffer): boolean {
    const plain = this.#srtp.openRtp(datagram);
    const packet = plain === null ? null : parseRtp(plain);
    if (packet === null) return false;
    this.#stats.packetsReceived += 1;
    this.#stats.bytesReceived += datagram.length;
    const found = this.#receivers.get(packet.ssrc) ?? this.#admit(packet);
    this.#reporter?.onPacket(packet, found?.receiver.stream.extensions.transportSequence ?? null);
    if (found === null) return true;
    const original = found.repair ? unwrapRepair(packet, found.receiver) : packet;
    if (original !== null) found.receiver.push(original, found.repair);
    return true;
  }

  receiveRtcp(datagram: Buffer): boolean {
    const compound = this.#srtp.openRtcp(datagram);
    if (compound === null) return false;
    this.#stats.bytesReceived += datagram.length;
    for (const packet of parseRtcp(compound)) this.#onRtcp(packet);
    return true;
  }

  /** Call a few times a second: reports, and requests that had to wait. */
  tick(): void {
    const nowMs = this.#ports.nowMs();
    this.#askForKeyframes();
    if (nowMs - this.#toldAtMs >= SENDER_REPORT_EVERY_MS) {
      this.#toldAtMs = nowMs;
      for (const sender of this.#senders) if (sender.packets > 0) this.#sendRtcp(sender.report());
    }
    if (nowMs - this.#reportedAtMs < REPORT_EVERY_MS) return;
    this.#reportedAtMs = nowMs;
    this.#reportReception();
  }

  stats(): PeerStats {
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    return {
      ...this.#stats,
      packetsLost: sum([...this.#primaries().map(({ lost }) => lost), ...this.#senders.map(({ lost }) => lost)]),
      retransmitted: sum(this.#senders.map(({ retransmitted }) => retransmitted)),
      roundTripMs: this.#roundTripMs,
      way: this.#control?.state ?? null,
    };
  }

  close(): void {
    this.#control?.close();
    this.#reporter?.close();
    const ssrcs = this.#senders.map(({ layer }) => layer.ssrc);
    this.#sendRtcp(Buffer.concat([buildReceiverReport(ssrcs[0] ?? this.#localSsrc, []), buildBye(ssrcs.length > 0 ? ssrcs : [this.#localSsrc])]));
    this.#pacer.close();
    this.#pumped?.close();
    for (const { receiver } of this.#receivers.values()) receiver.close();
    this.#receivers.clear();
  }

  /** How long a picture would wait: in this far end's pacer, or behind everybody's. */
  #waitMs(): number {
    return Math.max(this.#pacer.waitMs, this.#pumped === null ? 0 : (this.#ports.pump?.waitMs ?? 0));
  }

  #pump(packets: number, bytes: number, urgent: boolean, send: () => void): void {
    const onWire = bytes + packets * OVERHEAD_BYTES;
    this.#repairs.earn(bytes, this.#isNarrow);
    const leave = (): void => {
      if (!this.#aim()) return;
      this.#countSent(packets, bytes);
      send();
    };
    if (!urgent) return this.#pacer.push(onWire, leave);
    this.#pacer.spend(onWire);
    leave();
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
    this.#repairs.earn(how.repairs ? 0 : payload.length, this.#isNarrow);
    if (!how.urgent) return this.#pacer.push(bytes, () => this.#sendRtp(header, payload, how));
    this.#pacer.spend(bytes);
    this.#sendRtp(header, payload, how);
  }

  #sendRtp(header: Buffer, payload: Buffer, how: HowToSend): void {
    if (this.#control !== null && this.#counted && how.numbered) writeFirstExtension(header, this.#control.depart(payload.length + OVERHEAD_BYTES, how.probe));
    const datagram = this.#srtp.protectRtp(header, payload);
    this.#stats.packetsSent += 1;
    this.#stats.bytesSent += datagram.length;
    this.#ports.send(datagram);
  }

  #sendRtcp(compound: Buffer): void {
    const datagram = this.#srtp.protectRtcp(compound);
    this.#stats.bytesSent += datagram.length;
    this.#ports.send(datagram);
  }

  /** The stream a new SSRC belongs to: by payload type, and where the stream has layers by the rid it carries (RFC 8852). */
  #admit(packet: RtpPacket): { receiver: StreamReceiver; repair: boolean } | null {
    if (this.#receivers.size >= MAX_RECEIVED_SSRCS) return null;
    const stream = this.#streams.find(({ direction, payloadType, rtxPayloadType }) => direction === 'receive' && (payloadType === packet.payloadType || rtxPayloadType === packet.payloadType));
    if (stream === undefined) return null;
    const repair = packet.payloadType === stream.rtxPayloadType;
    const rid = layerOf(stream, extensionOf(packet, repair ? stream.extensions.repairedRid : stream.extensions.rid));
    if (rid === undefined) return null;
    const receiver = repair ? this.#receiverOf(stream, rid) : this.#newReceiver(stream, rid, packet.ssrc);
    if (receiver === undefined) return null;
    const entry = { receiver, repair };
    this.#receivers.set(packet.ssrc, entry);
    return entry;
  }

  #receiverOf(stream: AgreedStream, rid: string | null): StreamReceiver | undefined {
    return this.#primaries().find((receiver) => receiver.stream === stream && receiver.rid === rid);
  }

  /** A layer that begins again under a new SSRC takes the place of the old one. */
  #newReceiver(stream: AgreedStream, rid: string | null, ssrc: number): StreamReceiver {
    const old = this.#receiverOf(stream, rid);
    for (const [key, entry] of this.#receivers) if (entry.receiver === old) this.#receivers.delete(key);
    old?.close();
    const ports: ReceiverPorts = {
      onFrame: this.#ports.onFrame,
      onKeyframe: (rid) => this.#wanted.delete(rid),
      onKeyframeNeeded: (needed) => this.requestKeyframe(needed),
      sendRtcp: (compound) => this.#sendRtcp(compound),
      roundTripMs: () => this.#roundTripMs ?? 50,
      nowMs: this.#ports.nowMs,
      localSsrc: this.#localSsrc,
    };
    return new StreamReceiver(stream, rid, ssrc, ports);
  }

  #primaries(): StreamReceiver[] {
    return [...this.#receivers.values()].filter(({ repair }) => !repair).map(({ receiver }) => receiver);
  }

  #onRtcp(packet: RtcpPacket): void {
    switch (packet.type) {
      case 'sender-report':
        this.#primaries().find(({ ssrc }) => ssrc === packet.ssrc)?.onSenderReport(packet.ntp, packet.rtpTimestamp);
        return this.#onReports(packet.reports);
      case 'receiver-report':
        return this.#onReports(packet.reports);
      case 'nack':
        return this.#senderOf(packet.mediaSsrc)?.resend(packet.sequences, this.#roundTripMs ?? 0, this.#control !== null && !this.#isNarrow);
      case 'pli':
        return this.#onKeyframeWanted([packet.mediaSsrc]);
      case 'fir':
        return this.#onKeyframeWanted(packet.mediaSsrcs);
      case 'transport-feedback':
        return this.#onTransportFeedback(packet.feedback);
      case 'remb':
        return; // of a still picture it says little more than that picture takes: paced by it, the next moving one would be late
      case 'bye':
        return; // a stream that ends says so on the signalling path too
    }
  }

  #onTransportFeedback(feedback: TransportFeedback): void {
    if (!this.#counted) return;
    this.#control?.onFeedback(feedback);
    this.#pace();
  }

  #pace(): void {
    const state = this.#control?.state;
    if (state === undefined) return;
    this.#isNarrow = state.limited;
    this.#pacer.limit(state.limited ? state.bps * PACE : null);
  }

  #onReports(reports: readonly ReportBlock[]): void {
    for (const report of reports) {
      const roundTripMs = this.#senderOf(report.ssrc)?.acknowledge(report) ?? null;
      if (roundTripMs !== null) this.#roundTripMs = smoothed(this.#roundTripMs, roundTripMs);
    }
  }

  #senderOf(ssrc: number): StreamSender | PumpedSender | undefined {
    return this.#senders.find(({ layer }) => layer.ssrc === ssrc);
  }

  #onKeyframeWanted(ssrcs: readonly number[]): void {
    for (const ssrc of ssrcs) {
      const rid = this.#senderOf(ssrc)?.layer.rid;
      if (rid === undefined || !this.#isDue(this.#requested, rid, KEYFRAME_REQUEST_EVERY_MS)) continue;
      this.#ports.onKeyframeRequested(rid);
    }
  }

  #askForKeyframes(): void {
    for (const [rid, asks] of this.#wanted) {
      const receiver = this.#primaries().find((candidate) => candidate.stream.kind === 'video' && candidate.rid === rid);
      if (receiver === undefined || !this.#isDue(this.#asked, rid, asks === 0 ? KEYFRAME_REQUEST_EVERY_MS : ASK_AGAIN_MS)) continue;
      if (asks + 1 >= MAX_ASKS) this.#wanted.delete(rid);
      else this.#wanted.set(rid, asks + 1);
      this.#sendRtcp(Buffer.concat([buildReceiverReport(this.#localSsrc, []), buildPli(this.#localSsrc, receiver.ssrc)]));
    }
  }

  #isDue(times: Map<string | null, number>, rid: string | null, everyMs: number): boolean {
    const nowMs = this.#ports.nowMs();
    if (nowMs - (times.get(rid) ?? -Infinity) < everyMs) return false;
    times.set(rid, nowMs);
    return true;
  }

  #reportReception(): void {
    const receivers = this.#primaries();
    if (receivers.length === 0) return;
    const ssrcs = receivers.filter(({ stream }) => stream.kind === 'video').map(({ ssrc }) => ssrc);
    const report = buildReceiverReport(this.#localSsrc, receivers.map((receiver) => receiver.report()));
    this.#sendRtcp(ssrcs.length === 0 ? report : Buffer.concat([report, buildRemb(this.#localSsrc, REMB_BPS, ssrcs)]));
  }
}

/** Up at once, for a queue that grows must not be fed by asking again too soon; down slowly, for one quick answer says little. */
function smoothed(beforeMs: number | null, nowMs: number): number {
  return beforeMs === null || nowMs > beforeMs ? nowMs : beforeMs + (nowMs - beforeMs) / 4;
}

/** The layer's rid, null for a stream without layers, undefined where it can't be told yet. */
function layerOf(stream: AgreedStream, value: Buffer | undefined): string | null | undefined {
  if (stream.layers.every(({ rid }) => rid === null)) return null;
  const text = value?.toString('latin1');
  return stream.layers.find(({ rid }) => rid === text)?.rid;
}

/** RFC 4588 section 4: the original sequence number in front of the original payload. */
function unwrapRepair(packet: RtpPacket, receiver: StreamReceiver): RtpPacket | null {
  if (packet.payload.length <= 2) return null;
  return { ...packet, ssrc: receiver.ssrc, payloadType: receiver.stream.payloadType, sequence: packet.payload.readUInt16BE(0), payload: packet.payload.subarray(2) };
}

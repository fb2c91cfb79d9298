import { FeedbackReporter } from './congestion/feedback-reporter.ts';
import { StreamReceiver, type ReceiverPorts } from './receiver.ts';
import { buildPli, buildReceiverReport, buildRemb } from './rtcp/packet.ts';
import { extensionOf, type RtpPacket } from './rtp/packet.ts';
import type { AgreedStream } from './stream.ts';
import type { ReceivedFrame } from './types.ts';

export interface IncomingPorts {
  readonly sendRtcp: (compound: Buffer) => void;
  readonly onFrame: (frame: ReceivedFrame) => void;
  readonly nowMs: () => number;
  readonly roundTripMs: () => number | null;
  readonly localSsrc: number;
}

const REPORT_EVERY_MS = 1000;
/** Requests for a keyframe: at most one a stream in this time. */
const ASK_EVERY_MS = 500;
/** A request may be lost, and Chromium overlooks one soon after another; by then our own senders' next keyframe has come anyway. */
const ASK_AGAIN_MS = 1000;
const MAX_ASKS = 10;
/** Layers and their repair streams that a far end may have at once. */
const MAX_RECEIVED_SSRCS = 16;
const ASSUMED_ROUND_TRIP_MS = 50;
/** Told to those who take no transport-wide feedback: more than any class needs, so that they climb to what they were configured for. */
const REMB_BPS = 20_000_000;

/** What one connected far end sends: streams told apart, reports and questions about them. */
export class IncomingMedia {
  readonly #streams: readonly AgreedStream[];
  readonly #ports: IncomingPorts;
  readonly #receivers = new Map<number, { readonly receiver: StreamReceiver; readonly repair: boolean }>();
  /** Sender reports that came before their stream did: our own senders', which date the very first frame. */
  readonly #early = new Map<number, { readonly ntp: bigint; readonly rtpTimestamp: number }>();
  readonly #reporter: FeedbackReporter | null;
  readonly #asked = new Map<string | null, number>();
  /** Keyframes that have not come yet, and how often each was asked for. */
  readonly #wanted = new Map<string | null, number>();
  #reportedAtMs: number;

  constructor(streams: readonly AgreedStream[], ports: IncomingPorts) {
    this.#streams = streams.filter(({ direction }) => direction === 'receive');
    this.#ports = ports;
    this.#reportedAtMs = ports.nowMs();
    const counted = this.#streams.some(({ extensions }) => extensions.transportSequence !== null);
    this.#reporter = counted ? new FeedbackReporter(ports) : null;
  }

  get lost(): number {
    return this.#primaries().reduce((sum, { lost }) => sum + lost, 0);
  }

  push(packet: RtpPacket): void {
    const found = this.#receivers.get(packet.ssrc) ?? this.#admit(packet);
    this.#reporter?.onPacket(packet, found?.receiver.stream.extensions.transportSequence ?? null);
    if (found === null) return;
    const original = found.repair ? unwrapRepair(packet, found.receiver) : packet;
    if (original !== null) found.receiver.push(original, found.repair);
  }

  onSenderReport(ssrc: number, ntp: bigint, rtpTimestamp: number): void {
    const receiver = this.#primaries().find((candidate) => candidate.ssrc === ssrc);
    if (receiver !== undefined) receiver.onSenderReport(ntp, rtpTimestamp);
    else if (this.#early.size < MAX_RECEIVED_SSRCS || this.#early.has(ssrc)) this.#early.set(ssrc, { ntp, rtpTimestamp });
  }

  requestKeyframe(rid: string | null): void {
    if (!this.#wanted.has(rid)) this.#wanted.set(rid, 0);
    this.#askForKeyframes();
  }

  tick(): void {
    const nowMs = this.#ports.nowMs();
    this.#askForKeyframes();
    if (nowMs - this.#reportedAtMs < REPORT_EVERY_MS) return;
    this.#reportedAtMs = nowMs;
    this.#reportReception();
  }

  close(): void {
    this.#reporter?.close();
    for (const { receiver } of this.#receivers.values()) receiver.close();
    this.#receivers.clear();
  }

  /** The stream a new SSRC belongs to: by payload type, and where the stream has layers by the rid it carries (RFC 8852). */
  #admit(packet: RtpPacket): { receiver: StreamReceiver; repair: boolean } | null {
    if (this.#receivers.size >= MAX_RECEIVED_SSRCS) return null;
    const stream = this.#streams.find(({ payloadType, rtxPayloadType }) => payloadType === packet.payloadType || rtxPayloadType === packet.payloadType);
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
    const { onFrame, sendRtcp, nowMs, localSsrc } = this.#ports;
    const ports: ReceiverPorts = {
      onFrame, sendRtcp, nowMs, localSsrc,
      onKeyframe: (received) => this.#wanted.delete(received),
      onKeyframeNeeded: (needed) => this.requestKeyframe(needed),
      roundTripMs: () => this.#ports.roundTripMs() ?? ASSUMED_ROUND_TRIP_MS,
    };
    const receiver = new StreamReceiver(stream, rid, ssrc, ports);
    const early = this.#early.get(ssrc);
    if (early !== undefined) receiver.onSenderReport(early.ntp, early.rtpTimestamp);
    this.#early.delete(ssrc);
    return receiver;
  }

  #primaries(): StreamReceiver[] {
    return [...this.#receivers.values()].filter(({ repair }) => !repair).map(({ receiver }) => receiver);
  }

  #askForKeyframes(): void {
    for (const [rid, asks] of this.#wanted) {
      const receiver = this.#primaries().find((candidate) => candidate.stream.kind === 'video' && candidate.rid === rid);
      const nowMs = this.#ports.nowMs();
      if (receiver === undefined || nowMs - (this.#asked.get(rid) ?? -Infinity) < (asks === 0 ? ASK_EVERY_MS : ASK_AGAIN_MS)) continue;
      this.#asked.set(rid, nowMs);
      if (asks + 1 >= MAX_ASKS) this.#wanted.delete(rid);
      else this.#wanted.set(rid, asks + 1);
      this.#ports.sendRtcp(Buffer.concat([buildReceiverReport(this.#ports.localSsrc, []), buildPli(this.#ports.localSsrc, receiver.ssrc)]));
    }
  }

  #reportReception(): void {
    const receivers = this.#primaries();
    if (receivers.length === 0) return;
    const { localSsrc } = this.#ports;
    const uncounted = receivers.filter(({ stream }) => stream.kind === 'video' && stream.extensions.transportSequence === null).map(({ ssrc }) => ssrc);
    const report = buildReceiverReport(localSsrc, receivers.map((receiver) => receiver.report()));
    this.#ports.sendRtcp(uncounted.length === 0 ? report : Buffer.concat([report, buildRemb(localSsrc, REMB_BPS, uncounted)]));
  }
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

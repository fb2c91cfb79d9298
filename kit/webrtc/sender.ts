import { rtpTimestampOf } from '#kit/media/packet.ts';
import type { ReportBlock } from './rtcp/packet.ts';
import { extensionBlock, rtpHeaderWith, type RtpExtension } from './rtp/packet.ts';
import { CATCH_UP_MS, identifying, numbering, repairing, resendAfterMs } from './sender-extensions.ts';
import { SenderReports } from './sender-reports.ts';
import type { TwiceFrom } from './pump.ts';
import type { AgreedLayer, AgreedStream } from './stream.ts';
import type { PacketizedFrame } from './types.ts';

/** Packets kept for retransmission: a second at 18 Mbps, several at a usual bitrate. A power of two, indexed by sequence number. */
const HISTORY = 2048;
/** A layer of 600 kbps would keep half a minute: what is older than any receiver waits for is not sent again. */
const KEPT_MS = 3000;
const MAX_RESENDS = 8;
export interface HowToSend {
  /** Does not wait in the pacer. */
  readonly urgent: boolean;
  /** Whether the header's first extension wants the connection's own count: not for a packet that goes a second time as it was (RFC 3711 section 9.1). */
  readonly numbered: boolean;
  /** Goes once more. */
  readonly repairs: boolean;
  /** The bandwidth probe that this packet is part of, 0 for none. */
  readonly probe: number;
}

const PACED: HowToSend = { urgent: false, numbered: true, repairs: false, probe: 0 };
const URGENT: HowToSend = { urgent: true, numbered: true, repairs: false, probe: 0 };
const REPAIR: HowToSend = { ...URGENT, repairs: true };
const AS_IT_WAS: HowToSend = { ...REPAIR, numbered: false };

interface SentPacket {
  readonly sequence: number;
  readonly header: Buffer;
  readonly payload: Buffer;
  readonly sentAtMs: number;
  resends: number;
  resentAtMs: number;
}

export interface SenderPorts {
  readonly transmit: (header: Buffer, payload: Buffer, how: HowToSend) => void;
  /** Whether so many bytes may be sent again now. */
  readonly mayRepair: (bytes: number) => boolean;
  readonly nowMs: () => number;
  readonly cname: string;
}

/** Sends one stream (one layer) to one far end: numbers packets, keeps the last for retransmission, reports the time. */
export class StreamSender {
  readonly stream: AgreedStream;
  readonly layer: AgreedLayer;
  readonly #ports: SenderPorts;
  readonly #history: (SentPacket | undefined)[] = new Array<SentPacket | undefined>(HISTORY);
  #sequence = firstSequence();
  #rtxSequence = firstSequence();
  readonly #reports: SenderReports;
  #firstSentAtMs = 0;
  #retransmitted = 0;
  #repairBlock: Buffer | null = null;
  /** Kept for probes, whatever is forgotten. */
  #newest: SentPacket | null = null;

  constructor(stream: AgreedStream, layer: AgreedLayer, ports: SenderPorts) {
    this.stream = stream;
    this.layer = layer;
    this.#ports = ports;
    this.#reports = new SenderReports(layer.ssrc, stream.clockHz, ports);
  }

  get packets(): number {
    return this.#reports.packets;
  }

  get retransmitted(): number {
    return this.#retransmitted;
  }

  /** Packets the far end reports as lost for good. */
  get lost(): number {
    return this.#reports.lost;
  }

  send(frame: PacketizedFrame): void {
    const timestamp = rtpTimestampOf(frame.captureUs, this.stream.clockHz);
    const block = extensionBlock(this.#extensionsFor(frame));
    const last = frame.payloads.length - 1;
    for (let index = 0; index <= last; index += 1) {
      const payload = frame.payloads[index];
      if (payload !== undefined) this.#sendPayload(payload, timestamp, index === last, block);
    }
  }

  /**
   * Answers a NACK, at a known round trip: in the repair stream where there is one (RFC 4588), else the very same packet once more. From
   * that question on answers go twice, 0 for never: a third round would come too late for the picture.
   */
  resend(sequences: readonly number[], roundTripMs = 0, twiceFrom: TwiceFrom = 0): void {
    const nowMs = this.#ports.nowMs();
    const againMs = resendAfterMs(roundTripMs);
    for (const sequence of sequences) {
      const sent = this.#history[sequence % HISTORY];
      if (sent === undefined || sent.sequence !== sequence || nowMs - sent.sentAtMs > KEPT_MS) continue;
      if (sent.resends >= MAX_RESENDS || nowMs - sent.resentAtMs < againMs || !this.#ports.mayRepair(sent.payload.length)) continue;
      sent.resends += 1;
      sent.resentAtMs = nowMs;
      const copies = twiceFrom > 0 && sent.resends >= twiceFrom && this.stream.rtxPayloadType !== null && this.#ports.mayRepair(sent.payload.length) ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) this.#resendPacket(sent, 0);
      this.#retransmitted += copies;
    }
  }

  /** What was sent so far is not sent again: its receiver goes on with another layer. */
  forget(): void {
    this.#history.fill(undefined);
  }

  /** Sends the newest packet once more in the repair stream, to see what the way carries; its bytes, 0 where there is nothing to send. */
  sendProbe(probe: number): number {
    const newest = this.#newest;
    if (newest === null || this.stream.rtxPayloadType === null) return 0;
    this.#resendPacket(newest, probe);
    return newest.payload.length;
  }

  /** Sender report and name (RFC 3550 section 6.4.1). */
  report(): Buffer {
    return this.#reports.report();
  }

  /** Takes what the far end reports; answers the round trip in milliseconds, or null where the report can't tell. */
  acknowledge(report: ReportBlock): number | null {
    return this.#reports.acknowledge(report);
  }

  #sendPayload(payload: Buffer, timestamp: number, marker: boolean, block: Buffer | null): void {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & 0xffff;
    const audio = this.stream.kind === 'audio';
    // RFC 7587 section 4.2: the marker of an Opus packet begins a talkspurt, which a continuous stream never does.
    const fields = { payloadType: this.stream.payloadType, marker: marker && !audio, sequence, timestamp, ssrc: this.layer.ssrc };
    const header = rtpHeaderWith(fields, block);
    if (this.stream.nack) {
      this.#newest = { sequence, header, payload, sentAtMs: this.#ports.nowMs(), resends: 0, resentAtMs: 0 };
      this.#history[sequence % HISTORY] = this.#newest;
    }
    this.#reports.count(1, payload.length);
    this.#ports.transmit(header, payload, audio ? URGENT : PACED);
  }

  #resendPacket(sent: SentPacket, probe: number): void {
    const { rtxPayloadType } = this.stream;
    if (rtxPayloadType === null) return this.#ports.transmit(sent.header, sent.payload, AS_IT_WAS);
    const sequence = this.#rtxSequence;
    this.#rtxSequence = (sequence + 1) & 0xffff;
    const fields = { payloadType: rtxPayloadType, marker: (sent.header.readUInt8(1) & 0x80) !== 0, sequence, timestamp: sent.header.readUInt32BE(4), ssrc: this.layer.rtxSsrc };
    const original = Buffer.alloc(2);
    original.writeUInt16BE(sent.sequence);
    this.#repairBlock ??= extensionBlock(this.#repairExtensions());
    this.#ports.transmit(rtpHeaderWith(fields, this.#repairBlock), Buffer.concat([original, sent.payload]), probe === 0 ? REPAIR : { ...REPAIR, probe });
  }

  #extensionsFor(frame: PacketizedFrame): RtpExtension[] {
    // Stream ids go on every packet until the far end has reported on the stream, then on keyframes alone.
    const identify = frame.keyframe || !this.#reports.isAnswered;
    if (this.#firstSentAtMs === 0) this.#firstSentAtMs = this.#ports.nowMs();
    const catchesUp = this.#ports.nowMs() - this.#firstSentAtMs < CATCH_UP_MS;
    return [...numbering(this.stream), ...(identify ? identifying(this.stream, this.layer, catchesUp ? 'catches-up' : 'adaptive') : [])];
  }

  #repairExtensions(): RtpExtension[] {
    return [...numbering(this.stream), ...repairing(this.stream, this.layer)];
  }
}

/** Below half the circle, so that the first rollover can't be misread (RFC 3711 section 3.3.1). */
export function firstSequence(): number {
  return Math.floor(Math.random() * 0x7000);
}

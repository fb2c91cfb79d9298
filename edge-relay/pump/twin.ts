/** The pump in TypeScript: for machines where the addon is not built, and the measure of its bytes. */
import { createSecretKey } from 'node:crypto';
import { COUNTED, type GroupVariant, type MediaPump, type OpenPump, type PumpGroup, type PumpKey, type PumpPorts, type PumpResend, type PumpSession, type PumpStats, type PumpStream, type PumpStreamOptions, type PumpVariant } from '#kit/webrtc/pump.ts';
import { rtpHeaderWith, writeFirstExtension, type RtpHeader } from '#kit/webrtc/rtp/packet.ts';
import { AesGcmTransform } from '#kit/webrtc/srtp/aes-gcm.ts';
import type { TransportAddress } from '#kit/webrtc/stun/check.ts';
import { canLeave } from './limits.ts';

/** A power of two, indexed by sequence number. */
const HISTORY = 2048;
/** What is older than any receiver waits for is not sent again. */
const KEPT_MS = 2000;
const MAX_RESENDS = 8;

export const openTwin: OpenPump = (ports) => new Twin(ports);

class Twin implements MediaPump {
  readonly fd = null;
  /** Each call sends before it returns. */
  readonly waitMs = 0;
  readonly #ports: PumpPorts;
  #packets = 0;
  #bytes = 0;
  #refused = 0;

  constructor(ports: PumpPorts) {
    this.#ports = ports;
  }

  openSession(key: PumpKey): PumpSession {
    return new TwinSession(key, {
      nowMs: this.#ports.nowMs,
      send: (datagram, to) => {
        this.#packets += 1;
        this.#bytes += datagram.length;
        this.#ports.send(datagram, to);
      },
      refuse: (packets) => {
        this.#refused += packets;
      },
    });
  }

  openGroup(): PumpGroup {
    return new TwinGroup();
  }

  stats(): PumpStats {
    return { packets: this.#packets, bytes: this.#bytes, overflowed: 0, refused: this.#refused, calls: this.#packets };
  }

  close(): void {
    // nothing is held: the socket is the endpoint's
  }
}

interface TwinPorts extends Pick<PumpPorts, 'nowMs' | 'send'> {
  /** So many packets of a frame that is beyond the limits. */
  readonly refuse: (packets: number) => void;
}

class TwinSession implements PumpSession {
  readonly #srtp: AesGcmTransform;
  readonly #ports: TwinPorts;
  readonly #streams: TwinStream[] = [];
  #to: TransportAddress | null = null;

  constructor({ key, salt }: PumpKey, ports: TwinPorts) {
    const own = { key: createSecretKey(key), salt };
    this.#srtp = new AesGcmTransform(own, own);
    this.#ports = ports;
  }

  aim(to: TransportAddress): void {
    this.#to = to;
  }

  openStream(options: PumpStreamOptions): PumpStream {
    const stream = new TwinStream(options, this.#ports, (packet) => this.#protect(packet));
    this.#streams.push(stream);
    return stream;
  }

  close(): void {
    this.#to = null;
    for (const stream of this.#streams) stream.group?.remove(stream);
  }

  #protect({ header, payload, ssrc, index }: Packet): void {
    if (this.#to !== null) this.#ports.send(Buffer.concat([header, this.#srtp.sealRtp(header, payload, ssrc, index)]), this.#to);
  }
}

interface Packet {
  readonly header: Buffer;
  readonly payload: Buffer;
  readonly ssrc: number;
  /** Counted without wrapping. */
  readonly index: number;
}

interface Sent extends Packet {
  readonly sentAtMs: number;
  resends: number;
  resentAtMs: number;
}

class TwinStream implements PumpStream {
  readonly #options: PumpStreamOptions;
  readonly #ports: TwinPorts;
  readonly #protect: (packet: Packet) => void;
  readonly #history = new Array<Sent | undefined>(HISTORY);
  group: TwinGroup | null = null;
  #next: number;
  #rtxNext: number;

  constructor(options: PumpStreamOptions, ports: TwinPorts, protect: (packet: Packet) => void) {
    this.#options = options;
    this.#ports = ports;
    this.#protect = protect;
    this.#next = options.firstSequence;
    this.#rtxNext = options.rtx?.firstSequence ?? 0;
  }

  send(payloads: readonly Buffer[], from: number, until: number, timestamp: number, variant: PumpVariant, number: number): void {
    if (!canLeave(payloads)) return this.#ports.refuse(until - from);
    const { payloadType, marks, ssrc, blocks, keeps } = this.#options;
    for (let at = from; at < until; at += 1) {
      const index = this.#next;
      this.#next += 1;
      const fields = { payloadType, marker: marks && at === payloads.length - 1, sequence: index & 0xffff, timestamp, ssrc };
      const packet = { header: headerOf(fields, blocks[variant], variant === COUNTED ? number + at - from : null), payload: payloads[at] ?? Buffer.alloc(0), ssrc, index };
      if (keeps) this.#history[index % HISTORY] = { ...packet, sentAtMs: this.#ports.nowMs(), resends: 0, resentAtMs: 0 };
      this.#protect(packet);
    }
  }

  resend(sequences: readonly number[], { againMs, budgetBytes, twiceFrom, number }: PumpResend): { packets: number; bytes: number } {
    const resent = { packets: 0, bytes: 0 };
    for (const sequence of sequences) {
      const sent = this.#find(sequence, againMs);
      if (sent === null || resent.bytes + sent.payload.length > budgetBytes) continue;
      sent.resends += 1;
      sent.resentAtMs = this.#ports.nowMs();
      const wanted = twiceFrom > 0 && sent.resends >= twiceFrom && this.#options.rtx !== null ? 2 : 1;
      for (let copy = 0; copy < wanted && resent.bytes + sent.payload.length <= budgetBytes; copy += 1) {
        this.#protect(this.#again(sent, number === null ? null : number + resent.packets));
        resent.packets += 1;
        resent.bytes += sent.payload.length;
      }
    }
    return resent;
  }

  probe(number: number): number {
    const newest = this.#history[(this.#next - 1) % HISTORY];
    if (newest?.index !== this.#next - 1 || this.#options.rtx === null) return 0;
    this.#protect(this.#again(newest, number));
    return newest.payload.length;
  }

  forget(): void {
    this.#history.fill(undefined);
  }

  #find(sequence: number, againMs: number): Sent | null {
    const sent = this.#history[sequence % HISTORY];
    const nowMs = this.#ports.nowMs();
    if (sent === undefined || (sent.index & 0xffff) !== sequence || nowMs - sent.sentAtMs > KEPT_MS || sent.resends >= MAX_RESENDS) return null;
    return sent.resends > 0 && nowMs - sent.resentAtMs < againMs ? null : sent;
  }

  /** In the repair stream where there is one (RFC 4588 section 4), else the very same packet. */
  #again(sent: Sent, number: number | null): Packet {
    const { rtx, repairBlocks: [plain, counted] } = this.#options;
    if (rtx === null) return sent;
    const index = this.#rtxNext;
    this.#rtxNext += 1;
    const original = Buffer.alloc(2);
    original.writeUInt16BE(sent.index & 0xffff);
    const fields = { payloadType: rtx.payloadType, marker: ((sent.header[1] ?? 0) & 0x80) !== 0, sequence: index & 0xffff, timestamp: sent.header.readUInt32BE(4), ssrc: rtx.ssrc };
    return { header: headerOf(fields, number === null ? plain : counted, number), payload: Buffer.concat([original, sent.payload]), ssrc: rtx.ssrc, index };
  }
}

class TwinGroup implements PumpGroup {
  readonly #streams = new Map<TwinStream, GroupVariant>();

  add(stream: PumpStream, variant: GroupVariant): void {
    if (!(stream instanceof TwinStream)) return;
    stream.group?.remove(stream);
    stream.group = this;
    this.#streams.set(stream, variant);
  }

  remove(stream: PumpStream): void {
    if (stream instanceof TwinStream && this.#streams.delete(stream)) stream.group = null;
  }

  send(payloads: readonly Buffer[], timestamp: number, variant?: GroupVariant): void {
    for (const [stream, own] of this.#streams) stream.send(payloads, 0, payloads.length, timestamp, variant ?? own, 0);
  }
}

/** @param number the connection's own count, where the packet is counted */
function headerOf(fields: RtpHeader, block: Buffer | null, number: number | null): Buffer {
  const header = rtpHeaderWith(fields, block);
  if (number !== null && block !== null) writeFirstExtension(header, number & 0xffff);
  return header;
}

import { parseTransportFeedback, transportFeedbackBody, type TransportFeedback } from './transport-feedback.ts';

/** RTCP as bytes: reports and BYE (RFC 3550 section 6), NACK and PLI (RFC 4585), FIR (RFC 5104), REMB. Pure. */
export interface ReportBlock {
  readonly ssrc: number;
  /** Share of packets lost since the last report, 0 to 1. */
  readonly fractionLost: number;
  readonly cumulativeLost: number;
  readonly highestSequence: number;
  /** In timestamp units. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report, 0 for none. */
  readonly lastReport: number;
  /** Delay since that report in 1/65536 s. */
  readonly delaySinceLastReport: number;
}

export type RtcpPacket =
  | { readonly type: 'sender-report'; readonly ssrc: number; readonly ntp: bigint; readonly rtpTimestamp: number; readonly packets: number; readonly bytes: number; readonly reports: readonly ReportBlock[] }
  | { readonly type: 'receiver-report'; readonly ssrc: number; readonly reports: readonly ReportBlock[] }
  | { readonly type: 'nack'; readonly mediaSsrc: number; readonly sequences: readonly number[] }
  | { readonly type: 'pli'; readonly mediaSsrc: number }
  | { readonly type: 'fir'; readonly mediaSsrcs: readonly number[] }
  | { readonly type: 'remb'; readonly bitrateBps: number; readonly mediaSsrcs: readonly number[] }
  | { readonly type: 'transport-feedback'; readonly feedback: TransportFeedback }
  | { readonly type: 'bye'; readonly ssrcs: readonly number[] };

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const BYE = 203;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
const REPORT_BLOCK_BYTES = 24;
/** RFC 4585 section 6.2.1: one NACK entry names a packet and a mask of the 16 after it. */
const NACK_SPAN = 16;

/** Every packet of a compound that is understood and whole; parsing stops at the first that is malformed. */
export function parseRtcp(compound: Buffer): RtcpPacket[] {
  const packets: RtcpPacket[] = [];
  for (let at = 0; at + 4 <= compound.length; ) {
    if (compound.readUInt8(at) >> 6 !== 2) break;
    const end = at + 4 + compound.readUInt16BE(at + 2) * 4;
    if (end > compound.length) break;
    const packet = parseOne(compound.readUInt8(at + 1), compound.readUInt8(at) & 0x1f, compound.subarray(at + 4, end));
    if (packet !== null) packets.push(packet);
    at = end;
  }
  return packets;
}

function parseOne(type: number, count: number, body: Buffer): RtcpPacket | null {
  switch (type) {
    case SENDER_REPORT:
      return parseSenderReport(count, body);
    case RECEIVER_REPORT:
      if (body.length < 4) return null;
      return { type: 'receiver-report', ssrc: body.readUInt32BE(0), reports: parseReports(body.subarray(4), count) };
    case BYE:
      return { type: 'bye', ssrcs: words(body.subarray(0, count * 4)) };
    case TRANSPORT_FEEDBACK:
      return body.length >= 8 ? parseTransportWide(count, body) : null;
    case PAYLOAD_FEEDBACK:
      return body.length >= 8 ? parsePayloadFeedback(count, body) : null;
    default:
      return null;
  }
}

function parseSenderReport(count: number, body: Buffer): RtcpPacket | null {
  if (body.length < 24) return null;
  return {
    type: 'sender-report',
    ssrc: body.readUInt32BE(0),
    ntp: body.readBigUInt64BE(4),
    rtpTimestamp: body.readUInt32BE(12),
    packets: body.readUInt32BE(16),
    bytes: body.readUInt32BE(20),
    reports: parseReports(body.subarray(24), count),
  };
}

function parseReports(body: Buffer, count: number): ReportBlock[] {
  const reports: ReportBlock[] = [];
  for (let at = 0; reports.length < count && at + REPORT_BLOCK_BYTES <= body.length; at += REPORT_BLOCK_BYTES) {
    reports.push({
      ssrc: body.readUInt32BE(at),
      fractionLost: body.readUInt8(at + 4) / 256,
      cumulativeLost: body.readIntBE(at + 5, 3),
      highestSequence: body.readUInt32BE(at + 8),
      jitter: body.readUInt32BE(at + 12),
      lastReport: body.readUInt32BE(at + 16),
      delaySinceLastReport: body.readUInt32BE(at + 20),
    });
  }
  return reports;
}

function parseTransportWide(format: number, body: Buffer): RtcpPacket | null {
  if (format === 1) return { type: 'nack', mediaSsrc: body.readUInt32BE(4), sequences: parseNack(body.subarray(8)) };
  const feedback = format === 15 ? parseTransportFeedback(body) : null;
  return feedback === null ? null : { type: 'transport-feedback', feedback };
}

function parseNack(body: Buffer): number[] {
  const sequences: number[] = [];
  for (let at = 0; at + 4 <= body.length; at += 4) {
    const first = body.readUInt16BE(at);
    const mask = body.readUInt16BE(at + 2);
    sequences.push(first);
    for (let bit = 0; bit < NACK_SPAN; bit += 1) if ((mask & (1 << bit)) !== 0) sequences.push((first + bit + 1) & 0xffff);
  }
  return sequences;
}

function parsePayloadFeedback(format: number, body: Buffer): RtcpPacket | null {
  if (format === 1) return { type: 'pli', mediaSsrc: body.readUInt32BE(4) };
  if (format === 4) {
    const mediaSsrcs: number[] = [];
    for (let at = 8; at + 8 <= body.length; at += 8) mediaSsrcs.push(body.readUInt32BE(at));
    return { type: 'fir', mediaSsrcs };
  }
  if (format !== 15 || body.length < 16 || body.toString('latin1', 8, 12) !== 'REMB') return null;
  const scale = body.readUInt8(13) >> 2;
  const mantissa = ((body.readUInt8(13) & 0x03) << 16) | body.readUInt16BE(14);
  return { type: 'remb', bitrateBps: mantissa * 2 ** scale, mediaSsrcs: words(body.subarray(16, 16 + body.readUInt8(12) * 4)) };
}

function words(body: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at + 4 <= body.length; at += 4) found.push(body.readUInt32BE(at));
  return found;
}

export interface SenderReportFields {
  readonly ssrc: number;
  readonly ntp: bigint;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly bytes: number;
}

export function buildSenderReport(report: SenderReportFields): Buffer {
  const body = Buffer.alloc(24);
  body.writeUInt32BE(report.ssrc, 0);
  body.writeBigUInt64BE(BigInt.asUintN(64, report.ntp), 4);
  body.writeUInt32BE(report.rtpTimestamp, 12);
  body.writeUInt32BE(report.packets >>> 0, 16);
  body.writeUInt32BE(report.bytes >>> 0, 20);
  return withHeader(SENDER_REPORT, 0, body);
}

export function buildReceiverReport(ssrc: number, reports: readonly ReportBlock[]): Buffer {
  const body = Buffer.alloc(4 + reports.length * REPORT_BLOCK_BYTES);
  body.writeUInt32BE(ssrc, 0);
  for (const [index, report] of reports.entries()) {
    const at = 4 + index * REPORT_BLOCK_BYTES;
    body.writeUInt32BE(report.ssrc, at);
    body.writeUInt8(Math.max(0, Math.min(255, Math.round(report.fractionLost * 256))), at + 4);
    body.writeIntBE(Math.max(-0x800000, Math.min(0x7fffff, report.cumulativeLost)), at + 5, 3);
    body.writeUInt32BE(report.highestSequence >>> 0, at + 8);
    body.writeUInt32BE(Math.min(0xffffffff, Math.round(report.jitter)), at + 12);
    body.writeUInt32BE(report.lastReport >>> 0, at + 16);
    body.writeUInt32BE(Math.min(0xffffffff, Math.round(report.delaySinceLastReport)), at + 20);
  }
  return withHeader(RECEIVER_REPORT, reports.length, body);
}

/** SDES with the CNAME alone (RFC 3550 section 6.5.1): browsers tie audio and video together by it. */
export function buildSourceDescription(ssrc: number, cname: string): Buffer {
  const name = Buffer.from(cname, 'latin1').subarray(0, 255);
  const body = Buffer.alloc(Math.ceil((4 + 2 + name.length + 1) / 4) * 4);
  body.writeUInt32BE(ssrc, 0);
  body.writeUInt8(1, 4);
  body.writeUInt8(name.length, 5);
  name.copy(body, 6);
  return withHeader(SOURCE_DESCRIPTION, 1, body);
}

export function buildBye(ssrcs: readonly number[]): Buffer {
  return withHeader(BYE, Math.min(31, ssrcs.length), wordsOf(ssrcs.slice(0, 31)));
}

/** `sequences` ascending on the circle, as a receiver finds them missing. */
export function buildNack(senderSsrc: number, mediaSsrc: number, sequences: readonly number[]): Buffer {
  const entries: { first: number; mask: number }[] = [];
  for (const sequence of sequences) {
    const last = entries.at(-1);
    const ahead = last === undefined ? 0 : (sequence - last.first) & 0xffff;
    if (last !== undefined && ahead >= 1 && ahead <= NACK_SPAN) last.mask |= 1 << (ahead - 1);
    else entries.push({ first: sequence, mask: 0 });
  }
  const body = Buffer.alloc(8 + entries.length * 4);
  body.writeUInt32BE(senderSsrc, 0);
  body.writeUInt32BE(mediaSsrc, 4);
  for (const [index, entry] of entries.entries()) {
    body.writeUInt16BE(entry.first, 8 + index * 4);
    body.writeUInt16BE(entry.mask, 10 + index * 4);
  }
  return withHeader(TRANSPORT_FEEDBACK, 1, body);
}

export function buildPli(senderSsrc: number, mediaSsrc: number): Buffer {
  return withHeader(PAYLOAD_FEEDBACK, 1, wordsOf([senderSsrc, mediaSsrc]));
}

/** Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb): an upper bound that lets a browser climb. */
export function buildRemb(senderSsrc: number, bitrateBps: number, mediaSsrcs: readonly number[]): Buffer {
  const scale = Math.max(0, Math.ceil(Math.log2((bitrateBps + 1) / 0x3ffff)));
  const mantissa = Math.floor(bitrateBps / 2 ** scale);
  const head = Buffer.alloc(16);
  head.writeUInt32BE(senderSsrc, 0);
  head.write('REMB', 8, 'latin1');
  head.writeUInt8(mediaSsrcs.length, 12);
  head.writeUInt8((scale << 2) | (mantissa >> 16), 13);
  head.writeUInt16BE(mantissa & 0xffff, 14);
  return withHeader(PAYLOAD_FEEDBACK, 15, Buffer.concat([head, wordsOf(mediaSsrcs)]));
}

/** `count` numbers the reports, 0 to 255. */
export function buildTransportFeedback(senderSsrc: number, mediaSsrc: number, feedback: TransportFeedback, count: number): Buffer {
  return withHeader(TRANSPORT_FEEDBACK, 15, transportFeedbackBody(senderSsrc, mediaSsrc, feedback, count));
}

function wordsOf(values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) out.writeUInt32BE(value >>> 0, index * 4);
  return out;
}

function withHeader(type: number, count: number, body: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt8(0x80 | count, 0);
  header.writeUInt8(type, 1);
  header.writeUInt16BE(body.length / 4, 2);
  return Buffer.concat([header, body]);
}

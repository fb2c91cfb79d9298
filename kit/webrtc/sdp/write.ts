import { EXTENSION_URI, type AgreedStream, type ExtensionIds } from '../stream.ts';
import type { RemoteMedia } from './description.ts';
import type { AnswerLine } from './negotiate.ts';

/** This side of a description: the same for all m-lines, since all share one transport (RFC 9143 BUNDLE). */
export interface LocalTransport {
  /** Decimal, below 2^63 (RFC 8866 section 5.2). */
  readonly sessionId: string;
  readonly iceUfrag: string;
  readonly icePassword: string;
  readonly iceLite: boolean;
  /** SHA-256, `AB:CD:…`. */
  readonly fingerprint: string;
  readonly setup: 'actpass' | 'active' | 'passive';
  readonly candidates: readonly LocalCandidate[];
  readonly cname: string;
}

export interface LocalCandidate {
  readonly address: string;
  readonly port: number;
  /** Where this side listens for connections (RFC 6544). */
  readonly protocol?: 'tcp';
}

/** The m-line whose credentials and candidates are those of all. */
export interface TransportSection {
  readonly type: string;
  readonly mid: string;
}

/** RFC 9143 section 7.3.3: the first m-line in the group carries the transport. */
export function transportSection(lines: readonly AnswerLine[]): TransportSection | null {
  return lines.find(({ verdict }) => verdict !== 'refused')?.media ?? null;
}

/** The answer to the offer that `lines` were negotiated from. */
export function writeAnswer(lines: readonly AnswerLine[], transport: LocalTransport): string {
  const bundled = lines.filter(({ verdict }) => verdict !== 'refused').map(({ media }) => media.mid);
  const carrier = transportSection(lines)?.mid;
  return text([...sessionLines(transport, bundled), ...lines.flatMap((line) => answerSection(line, transport, line.media.mid === carrier))]);
}

/** An offer: what would be sent or played, video first. */
export function writeOffer(streams: readonly AgreedStream[], h264ProfileLevelId: string, transport: LocalTransport): string {
  const bundled = streams.map(({ mid }) => mid);
  return text([...sessionLines(transport, bundled), ...streams.flatMap((stream, index) => offerSection(stream, h264ProfileLevelId, transport, index === 0))]);
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join('');
}

/** `a=ice-lite` belongs here and nowhere else: in a media section Chromium overlooks it and never connects. */
function sessionLines(transport: LocalTransport, mids: readonly string[]): string[] {
  return [
    'v=0',
    `o=- ${transport.sessionId} 1 IN IP4 0.0.0.0`,
    's=-',
    't=0 0',
    ...(transport.iceLite ? ['a=ice-lite'] : []),
    `a=group:BUNDLE ${mids.join(' ')}`,
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS *',
  ];
}

function answerSection(line: AnswerLine, transport: LocalTransport, first: boolean): string[] {
  switch (line.verdict) {
    case 'refused':
      return [`m=${line.media.type} 0 ${line.media.protocol} ${line.media.payloads}`, 'c=IN IP4 0.0.0.0', `a=mid:${line.media.mid}`, 'a=inactive'];
    case 'inactive':
      return [...head(line.media.type, [line.codec.payloadType], line.media.mid, transport, first), 'a=inactive', ...codecLines(line.codec.payloadType, line.media.type, line.codec.fmtp, [])];
    case 'agreed':
      return agreedSection(line, transport, first);
  }
}

type AgreedLine = Extract<AnswerLine, { verdict: 'agreed' }>;

function agreedSection(line: AgreedLine, transport: LocalTransport, first: boolean): string[] {
  const { stream, media, codec, rtx } = line;
  const payloads = rtx === null ? [codec.payloadType] : [codec.payloadType, rtx.payloadType];
  return [
    ...head(stream.kind, payloads, stream.mid, transport, first),
    ...extensionLines(stream.extensions, media),
    stream.direction === 'send' ? 'a=sendonly' : 'a=recvonly',
    ...(stream.direction === 'send' ? [`a=msid:lectern ${stream.kind}`] : []),
    ...codecLines(codec.payloadType, stream.kind, line.fmtp, answeredFeedback(line)),
    ...(rtx === null ? [] : rtxLines(rtx.payloadType, codec.payloadType, stream.clockHz)),
    ...(stream.direction === 'send' ? ssrcLines(stream, transport.cname) : simulcastLines(stream, 'recv')),
  ];
}

/**
 * Feedback in common: reports of arrivals or a REMB, as was negotiated. What the offer has for its payload type is repeated for ours,
 * because Firefox wants every kind named.
 */
function answeredFeedback({ stream, codec }: AgreedLine): string[] {
  const bandwidth = stream.extensions.transportSequence === null ? 'goog-remb' : 'transport-cc';
  return ['nack', 'nack pli', 'ccm fir', bandwidth].filter((kind) => codec.feedback.includes(kind));
}

function offerSection(stream: AgreedStream, profileLevelId: string, transport: LocalTransport, first: boolean): string[] {
  const payloads = stream.rtxPayloadType === null ? [stream.payloadType] : [stream.payloadType, stream.rtxPayloadType];
  const fmtp = stream.kind === 'video' ? `level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${profileLevelId}` : 'minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1';
  const simulcast = stream.layers.some(({ rid }) => rid !== null);
  return [
    ...head(stream.kind, payloads, stream.mid, transport, first),
    ...extensionLines(stream.extensions),
    ...(stream.direction === 'send' ? ['a=sendonly', `a=msid:lectern ${stream.kind}`] : ['a=recvonly']),
    ...codecLines(stream.payloadType, stream.kind, fmtp, stream.kind === 'video' ? ['nack', 'nack pli', 'ccm fir', 'goog-remb', 'transport-cc'] : ['nack', 'transport-cc']),
    ...(stream.rtxPayloadType === null ? [] : rtxLines(stream.rtxPayloadType, stream.payloadType, stream.clockHz)),
    ...(stream.direction === 'receive' ? [] : simulcast ? simulcastLines(stream, 'send') : ssrcLines(stream, transport.cname)),
  ];
}

function head(kind: string, payloads: readonly number[], mid: string, transport: LocalTransport, first: boolean): string[] {
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payloads.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    'a=rtcp:9 IN IP4 0.0.0.0',
    ...(first ? transport.candidates.map(candidateLine) : []),
    ...(first ? ['a=end-of-candidates'] : []),
    `a=ice-ufrag:${transport.iceUfrag}`,
    `a=ice-pwd:${transport.icePassword}`,
    `a=fingerprint:sha-256 ${transport.fingerprint}`,
    `a=setup:${transport.setup}`,
    `a=mid:${mid}`,
    'a=rtcp-mux',
    'a=rtcp-rsize',
  ];
}

/** Type preferences; RFC 6544 section 4.2 wants TCP below UDP. */
const UDP_PREFERENCE = 126;
const TCP_PREFERENCE = 90;

/** RFC 8839 section 5.1; priority of a host candidate, earlier addresses higher (RFC 8445 section 5.1.2.1). */
function candidateLine(candidate: LocalCandidate, index: number): string {
  const tcp = candidate.protocol === 'tcp';
  const priority = (tcp ? TCP_PREFERENCE : UDP_PREFERENCE) * 2 ** 24 + (65535 - index) * 2 ** 8 + 255;
  const base = `a=candidate:${index + 1} 1 ${tcp ? 'tcp' : 'udp'} ${priority} ${candidate.address} ${candidate.port} typ host`;
  return tcp ? `${base} tcptype passive` : base;
}

/** Credentials and candidates alone: what a restart of ICE exchanges (RFC 8840 section 9, RFC 9725 section 4.3.3). `section` says whose the candidates are. */
export function writeFragment(transport: LocalTransport, section: TransportSection): string {
  const credentials = [`a=ice-ufrag:${transport.iceUfrag}`, `a=ice-pwd:${transport.icePassword}`];
  const candidates = transport.candidates.length === 0 ? [] : [`m=${section.type} 9 UDP/TLS/RTP/SAVPF 0`, `a=mid:${section.mid}`, ...transport.candidates.map(candidateLine), 'a=end-of-candidates'];
  return text([...(transport.iceLite ? ['a=ice-lite'] : []), ...credentials, ...candidates]);
}

function extensionLines(ids: ExtensionIds, offered?: RemoteMedia): string[] {
  const pairs: readonly (readonly [number | null, string])[] = [
    [ids.mid, EXTENSION_URI.mid],
    [ids.rid, EXTENSION_URI.rid],
    [ids.repairedRid, EXTENSION_URI.repairedRid],
    [ids.transportSequence, EXTENSION_URI.transportSequence],
    [ids.playoutDelay, EXTENSION_URI.playoutDelay],
  ];
  const way = (id: number | null): string => oppositeOf(offered?.extensions.find((extension) => extension.id === id)?.direction ?? null);
  return pairs.filter(([id]) => id !== null).map(([id, uri]) => `a=extmap:${id}${way(id)} ${uri}`);
}

/** RFC 8285 section 6: what the far end only reads, this side only writes. */
function oppositeOf(direction: string | null): string {
  if (direction === 'recvonly') return '/sendonly';
  return direction === 'sendonly' ? '/recvonly' : '';
}

function codecLines(payloadType: number, kind: string, fmtp: string, feedback: readonly string[]): string[] {
  return [
    `a=rtpmap:${payloadType} ${kind === 'video' ? 'H264/90000' : 'opus/48000/2'}`,
    ...feedback.map((what) => `a=rtcp-fb:${payloadType} ${what}`),
    ...(fmtp === '' ? [] : [`a=fmtp:${payloadType} ${fmtp}`]),
  ];
}

function rtxLines(payloadType: number, repaired: number, clockHz: number): string[] {
  return [`a=rtpmap:${payloadType} rtx/${clockHz}`, `a=fmtp:${payloadType} apt=${repaired}`];
}

/** RFC 5576; the FID group ties a stream to its retransmissions. */
function ssrcLines(stream: AgreedStream, cname: string): string[] {
  return stream.layers.flatMap(({ ssrc, rtxSsrc }) => {
    const ssrcs = stream.rtxPayloadType === null ? [ssrc] : [ssrc, rtxSsrc];
    const group = ssrcs.length === 2 ? [`a=ssrc-group:FID ${ssrc} ${rtxSsrc}`] : [];
    return [...group, ...ssrcs.flatMap((each) => [`a=ssrc:${each} cname:${cname}`, `a=ssrc:${each} msid:lectern ${stream.kind}`])];
  });
}

/** RFC 8851 and RFC 8853. */
function simulcastLines(stream: AgreedStream, direction: 'send' | 'recv'): string[] {
  const rids = stream.layers.flatMap(({ rid }) => (rid === null ? [] : [rid]));
  if (rids.length === 0) return [];
  return [...rids.map((rid) => `a=rid:${rid} ${direction}`), `a=simulcast:${direction} ${rids.join(';')}`];
}

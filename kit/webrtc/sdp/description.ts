import { parse, parsePayloads, type MediaDescription, type SessionDescription } from 'sdp-transform';
import { CodedError } from '#kit/process/errors.ts';
import type { Fingerprint } from '../dtls/association.ts';

/** A far end's offer or answer, checked and reduced to what this product uses (RFC 8866, RFC 8829). */
export interface RemoteDescription {
  readonly iceUfrag: string;
  readonly icePassword: string;
  readonly iceLite: boolean;
  readonly fingerprints: readonly Fingerprint[];
  readonly setup: 'actpass' | 'active' | 'passive';
  readonly media: readonly RemoteMedia[];
  readonly candidates: readonly RemoteCandidate[];
}

export interface RemoteMedia {
  /** `audio`, `video`, `application`, … */
  readonly type: string;
  readonly protocol: string;
  readonly payloads: string;
  readonly mid: string;
  readonly direction: Direction;
  /** Port 0 without `bundle-only`: the far end does not want this m-line. */
  readonly refused: boolean;
  readonly rtcpMux: boolean;
  readonly codecs: readonly RemoteCodec[];
  readonly extensions: readonly RemoteExtension[];
  /** Simulcast rids the far end would send, in its order of preference (RFC 8853); empty without simulcast. */
  readonly sendRids: readonly string[];
  /** Those it would receive. */
  readonly receiveRids: readonly string[];
  readonly ssrcs: readonly number[];
}

export interface RemoteExtension {
  readonly id: number;
  readonly uri: string;
  /** `recvonly` where the far end only reads it (RFC 8285 section 5), null where nothing is said. */
  readonly direction: string | null;
}

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface RemoteCodec {
  readonly payloadType: number;
  /** Lower case, e.g. `h264`, `rtx`, `opus`. */
  readonly name: string;
  readonly clockHz: number;
  readonly channels: number;
  /** As it stands in the SDP, e.g. `minptime=10;useinbandfec=1`. */
  readonly fmtp: string;
  /** e.g. `nack`, `nack pli`, `ccm fir`, `goog-remb`. */
  readonly feedback: readonly string[];
}

export interface RemoteCandidate {
  readonly address: string;
  readonly port: number;
  readonly priority: number;
  /** A passive one, to be dialled (RFC 6544 section 4.5). */
  readonly protocol?: 'tcp';
}

/** Browsers' offers are below 20 kB. */
const MAX_SDP_BYTES = 64 * 1024;
const MAX_MEDIA = 16;
const MAX_CANDIDATES = 32;
/** RFC 8839 section 5.4: ice-char, 4 to 256 and 22 to 256 of them. */
const UFRAG = /^[A-Za-z0-9+/]{4,256}$/;
const PASSWORD = /^[A-Za-z0-9+/]{22,256}$/;
const FINGERPRINT = /^(?:[0-9A-Fa-f]{2}:){19,63}[0-9A-Fa-f]{2}$/;

/** Throws `bad_sdp` (400) with a sentence about what is missing. */
export function parseDescription(sdp: string): RemoteDescription {
  const session = parseText(sdp);
  const first = session.media.find((media) => media.port !== 0) ?? session.media[0];
  if (first === undefined) throw badSdp('it has no m-line: add audio or video before making the offer');
  return {
    iceUfrag: matching(UFRAG, first.iceUfrag ?? session.iceUfrag, 'ice-ufrag'),
    icePassword: matching(PASSWORD, first.icePwd ?? session.icePwd, 'ice-pwd'),
    iceLite: session.icelite !== undefined,
    fingerprints: fingerprintsOf(session, first),
    setup: setupOf(first.setup ?? session.setup),
    media: session.media.map(mediaOf),
    candidates: session.media.flatMap((media) => candidatesOf(media.candidates)).slice(0, MAX_CANDIDATES),
  };
}

/** Candidates of a trickled fragment (RFC 8840 section 9); what is unusable is left out. */
export function parseCandidates(fragment: string): RemoteCandidate[] {
  if (fragment.length > MAX_SDP_BYTES) return [];
  const lines = fragment.split(/\r?\n/).filter((line) => line.startsWith('a=candidate:'));
  return candidatesOf(parse(['v=0', 'm=video 9 UDP/TLS/RTP/SAVPF 0', ...lines].join('\r\n')).media[0]?.candidates);
}

/** New credentials in a fragment that restarts ICE (RFC 9725 section 4.3.3, RFC 8840 section 4.4). Throws `bad_sdp`. */
export function parseRestart(fragment: string): { readonly iceUfrag: string; readonly icePassword: string; readonly candidates: readonly RemoteCandidate[] } {
  const value = (name: string): string | undefined => new RegExp(`^a=${name}:(.*?)\\r?$`, 'm').exec(fragment)?.[1];
  if (fragment.length > MAX_SDP_BYTES) throw badSdp(`it is longer than ${MAX_SDP_BYTES} bytes`);
  return {
    iceUfrag: matching(UFRAG, value('ice-ufrag'), 'ice-ufrag'),
    icePassword: matching(PASSWORD, value('ice-pwd'), 'ice-pwd'),
    candidates: parseCandidates(fragment),
  };
}

export function badSdp(why: string): CodedError {
  return new CodedError('bad_sdp', `This SDP can't be used: ${why}.`, { status: 400 });
}

function parseText(sdp: string): SessionDescription {
  if (sdp.length > MAX_SDP_BYTES) throw badSdp(`it is longer than ${MAX_SDP_BYTES} bytes`);
  if (!/^v=0\r?\n/.test(sdp)) throw badSdp('it does not begin with "v=0"; send the offer itself as application/sdp');
  let session: SessionDescription;
  try {
    session = parse(sdp);
  } catch (error) {
    throw new CodedError('bad_sdp', "This SDP can't be read.", { status: 400, cause: error });
  }
  if (session.media.length > MAX_MEDIA) throw badSdp(`it has more than ${MAX_MEDIA} m-lines`);
  return session;
}

function matching(pattern: RegExp, value: string | undefined, name: string): string {
  const text = value === undefined ? '' : String(value);
  if (!pattern.test(text)) throw badSdp(`a=${name} is missing or malformed`);
  return text;
}

function fingerprintsOf(session: SessionDescription, media: MediaDescription): Fingerprint[] {
  const found = media.fingerprint ?? session.fingerprint;
  if (found === undefined || !FINGERPRINT.test(found.hash)) throw badSdp('a=fingerprint is missing or malformed');
  return [{ algorithm: found.type, value: found.hash }];
}

function setupOf(value: string | undefined): RemoteDescription['setup'] {
  if (value === 'active' || value === 'passive' || value === 'actpass') return value;
  throw badSdp('a=setup is missing; WebRTC needs DTLS');
}

function mediaOf(media: MediaDescription, index: number): RemoteMedia {
  return {
    type: media.type,
    protocol: media.protocol,
    payloads: media.payloads ?? '',
    mid: tokenOf(media.mid) ?? String(index),
    direction: media.direction ?? 'sendrecv',
    refused: media.port === 0 && media.bundleOnly === undefined,
    rtcpMux: media.rtcpMux !== undefined,
    codecs: codecsOf(media),
    extensions: (media.ext ?? []).filter(({ value }) => value >= 1 && value <= 255).map(({ value, uri, direction }) => ({ id: value, uri, direction: direction ?? null })),
    sendRids: ridsOf(media, 'send'),
    receiveRids: ridsOf(media, 'recv'),
    ssrcs: [...new Set((media.ssrcs ?? []).map(({ id }) => Number(id)))],
  };
}

/** RFC 5888 tokens only: the value goes back into our own SDP. */
function tokenOf(value: string | number | undefined): string | null {
  const text = value === undefined ? '' : String(value);
  return /^[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,64}$/.test(text) ? text : null;
}

function codecsOf(media: MediaDescription): RemoteCodec[] {
  const listed = new Set(parsePayloads(media.payloads ?? ''));
  return (media.rtp ?? [])
    .filter(({ payload }) => listed.has(payload) && payload >= 0 && payload <= 127)
    .map((rtp) => ({
      payloadType: rtp.payload,
      name: String(rtp.codec).toLowerCase(),
      clockHz: rtp.rate ?? 0,
      channels: Number(rtp.encoding ?? 1),
      fmtp: String((media.fmtp ?? []).find(({ payload }) => payload === rtp.payload)?.config ?? ''),
      feedback: (media.rtcpFb ?? [])
        .filter(({ payload }) => payload === '*' || Number(payload) === rtp.payload)
        .map(({ type, subtype }) => (subtype === undefined ? type : `${type} ${subtype}`)),
    }));
}

/** `a=simulcast:send hi;lo` (RFC 8853): alternatives after a comma are left, a paused stream (`~`) is a stream. */
function ridsOf(media: MediaDescription, direction: 'send' | 'recv'): string[] {
  const simulcast = media.simulcast;
  const list = simulcast?.dir1 === direction ? simulcast.list1 : simulcast?.dir2 === direction ? simulcast.list2 : undefined;
  const rids = String(list ?? '').split(';').map((group) => (group.split(',')[0] ?? '').replace(/^~/, ''));
  return rids.filter((rid) => /^[A-Za-z0-9_-]{1,16}$/.test(rid)).slice(0, 8);
}

type RawCandidates = MediaDescription['candidates'];
type RawCandidate = NonNullable<RawCandidates>[number];

/** Host, reflexive and relayed UDP candidates and passive TCP ones, with a literal address; names (mDNS) are not looked up. */
function candidatesOf(candidates: RawCandidates): RemoteCandidate[] {
  const isTcp = (candidate: RawCandidate): boolean => String(candidate.transport).toLowerCase() === 'tcp';
  return (candidates ?? [])
    .filter((candidate) => Number(candidate.component) === 1 && (String(candidate.transport).toLowerCase() === 'udp' || (isTcp(candidate) && candidate.tcptype === 'passive')))
    .filter((candidate) => /^[0-9A-Fa-f.:]+$/.test(String(candidate.ip)) && candidate.port > 0 && candidate.port < 65536)
    .map((candidate) => ({ address: String(candidate.ip), port: candidate.port, priority: Number(candidate.priority) >>> 0, ...(isTcp(candidate) ? { protocol: 'tcp' } : {}) }));
}

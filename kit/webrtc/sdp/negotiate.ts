import { CodedError } from '#kit/process/errors.ts';
import { EXTENSION_URI, type AgreedLayer, type AgreedStream, type ExtensionIds } from '../stream.ts';
import type { RemoteCodec, RemoteDescription, RemoteMedia } from './description.ts';
import { answeredProfileLevelId, chooseH264, fmtpValue } from './h264-profile.ts';

/** What the answer says about one m-line of the offer, in the offer's order (RFC 3264 section 6). */
export type AnswerLine =
  | { readonly verdict: 'agreed'; readonly media: RemoteMedia; readonly codec: RemoteCodec; readonly rtx: RemoteCodec | null; readonly fmtp: string; readonly stream: AgreedStream }
  | { readonly verdict: 'inactive'; readonly media: RemoteMedia; readonly codec: RemoteCodec }
  | { readonly verdict: 'refused'; readonly media: RemoteMedia };

export interface NegotiateOptions {
  /** What this side does. */
  readonly direction: 'send' | 'receive';
  readonly h264ProfileLevelId: string;
  /** Fresh SSRC for a stream that this side sends. */
  readonly newSsrc: () => number;
}

/** Decides every m-line. Throws `no_common_codec` (406) when nothing is left to send or receive, or only sound of an offer that has a picture. */
export function negotiate(offer: RemoteDescription, options: NegotiateOptions): AnswerLine[] {
  const taken = new Set<string>();
  const lines = offer.media.map((media) => decide(media, options, taken));
  const agreed = lines.flatMap(({ verdict, media }) => (verdict === 'agreed' ? [media.type] : []));
  // Sound alone would look like a connection that stands and shows nothing.
  const lacksPicture = !agreed.includes('video') && offer.media.some((media) => media.type === 'video' && isWilling(media, options));
  if (agreed.length > 0 && !lacksPicture) return lines;
  const facts = { offered: offer.media.flatMap(({ codecs }) => codecs.map(({ name }) => name)) };
  throw new CodedError('no_common_codec', 'What this offer wants can\'t be had: offer H.264 (packetization-mode 1) for video and Opus for audio, in the right direction.', { status: 406, details: facts });
}

export function agreedStreams(lines: readonly AnswerLine[]): AgreedStream[] {
  return lines.flatMap((line) => (line.verdict === 'agreed' ? [line.stream] : []));
}

/** One video and one audio stream; further m-lines of a kind have nothing to carry. */
function decide(media: RemoteMedia, options: NegotiateOptions, taken: Set<string>): AnswerLine {
  if (media.refused || !media.rtcpMux || !/^(UDP\/)?TLS\/RTP\/SAVPF$/.test(media.protocol)) return { verdict: 'refused', media };
  const codec = chooseCodec(media, options.h264ProfileLevelId);
  if (codec === null) return { verdict: 'refused', media };
  if (!isWilling(media, options) || taken.has(media.type)) return { verdict: 'inactive', media, codec };
  taken.add(media.type);
  const rtx = rtxOf(media, codec);
  return { verdict: 'agreed', media, codec, rtx, fmtp: fmtpOf(codec, options), stream: streamOf(media, codec, rtx, options) };
}

/** Whether the far end does on this m-line what fits this side. */
function isWilling({ refused, direction }: RemoteMedia, options: NegotiateOptions): boolean {
  return !refused && [options.direction === 'send' ? 'recvonly' : 'sendonly', 'sendrecv'].includes(direction);
}

function chooseCodec(media: RemoteMedia, profileLevelId: string): RemoteCodec | null {
  if (media.type === 'video') return chooseH264(media.codecs, profileLevelId);
  if (media.type !== 'audio') return null;
  return media.codecs.find(({ name, clockHz }) => name === 'opus' && clockHz === 48_000) ?? null;
}

/** RFC 4588 section 8.1: `apt` names the payload type that is repaired. */
function rtxOf(media: RemoteMedia, codec: RemoteCodec): RemoteCodec | null {
  return media.codecs.find(({ name, fmtp }) => name === 'rtx' && fmtpValue(fmtp, 'apt') === String(codec.payloadType)) ?? null;
}

function fmtpOf(codec: RemoteCodec, options: NegotiateOptions): string {
  if (codec.name !== 'h264') return codec.fmtp;
  const profile = options.direction === 'send' ? answeredProfileLevelId(codec, options.h264ProfileLevelId) : fmtpValue(codec.fmtp, 'profile-level-id') ?? '42e01f';
  const base = `level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${profile}`;
  // No bitrate to begin with: Chromium finds one by its probes within a second, and told one it would begin with a full queue on a thin way.
  return options.direction === 'send' ? `${base};sps-pps-idr-in-keyframe=1` : base;
}

function streamOf(media: RemoteMedia, codec: RemoteCodec, rtx: RemoteCodec | null, options: NegotiateOptions): AgreedStream {
  const rids = options.direction === 'receive' ? media.sendRids : [];
  const layer = (rid: string | null): AgreedLayer => ({ rid, ssrc: options.direction === 'send' ? options.newSsrc() : 0, rtxSsrc: options.direction === 'send' ? options.newSsrc() : 0 });
  return {
    kind: media.type === 'video' ? 'video' : 'audio',
    mid: media.mid,
    direction: options.direction,
    payloadType: codec.payloadType,
    clockHz: codec.clockHz,
    rtxPayloadType: rtx?.payloadType ?? null,
    nack: codec.feedback.includes('nack'),
    extensions: { ...extensionIdsOf(media), ...(codec.feedback.includes('transport-cc') ? {} : { transportSequence: null }) },
    layers: rids.length === 0 ? [layer(null)] : rids.map(layer),
  };
}

export function extensionIdsOf(media: RemoteMedia): ExtensionIds {
  const idOf = (uri: string): number | null => media.extensions.find((extension) => extension.uri === uri)?.id ?? null;
  return {
    mid: idOf(EXTENSION_URI.mid),
    rid: idOf(EXTENSION_URI.rid),
    repairedRid: idOf(EXTENSION_URI.repairedRid),
    transportSequence: idOf(EXTENSION_URI.transportSequence),
    playoutDelay: media.type === 'video' ? idOf(EXTENSION_URI.playoutDelay) : null,
  };
}

/** From a camera's SDP (RFC 4566) to the streams it offers. Pure. */
import { parse, type MediaDescription, type SessionDescription } from 'sdp-transform';
import { joinNalUnits, parameterSetsOf, type ParameterSets } from '#kit/media/h264.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';

interface StreamFacts {
  readonly payloadType: number;
  readonly clockHz: number;
  /** Where to set it up. */
  readonly control: string;
}

export interface VideoOffer extends StreamFacts {
  readonly kind: 'video';
  readonly codec: 'h264';
  /** From `sprop-parameter-sets` (RFC 6184 section 8.1): some cameras send them nowhere else. */
  readonly sets: ParameterSets | null;
}

export interface SoundOffer extends StreamFacts {
  readonly kind: 'sound';
  readonly codec: 'aac' | 'opus' | 'pcmu' | 'pcma' | 'l16';
  readonly channels: number;
  /** AudioSpecificConfig, and the lengths in bits of what stands before each frame (RFC 3640 section 4.1); AAC alone. */
  readonly aac: { readonly config: Buffer; readonly sizeLength: number; readonly indexLength: number } | null;
}

export type StreamOffer = VideoOffer | SoundOffer;

/** A stream that our client does not read. */
export interface ForeignOffer {
  readonly kind: 'foreign';
  readonly codec: string;
}

/** Payload types that need no `rtpmap` (RFC 3551 tables 4 and 5). */
const STATIC: Readonly<Record<number, { codec: string; rate: number; encoding?: number }>> = {
  0: { codec: 'PCMU', rate: 8_000 }, 8: { codec: 'PCMA', rate: 8_000 },
  10: { codec: 'L16', rate: 44_100, encoding: 2 }, 11: { codec: 'L16', rate: 44_100 },
  14: { codec: 'MPA', rate: 90_000 }, 26: { codec: 'JPEG', rate: 90_000 },
};

/**
 * The first stream of the wanted kind that can be read; a foreign one where there are others only; null where there is none.
 * @throws CodedError `bad_sdp`
 */
export function chooseStream(sdp: string, wanted: 'video' | 'sound', baseUrl: string): StreamOffer | ForeignOffer | null {
  const session = parsed(sdp);
  const type = wanted === 'video' ? 'video' : 'audio';
  const offers = session.media.filter((media) => media.type === type && Number.isInteger(payloadTypeOf(media))).map((media) => offerOf(media, session, baseUrl));
  return offers.find(({ kind }) => kind !== 'foreign') ?? offers[0] ?? null;
}

function parsed(sdp: string): SessionDescription {
  try {
    return parse(sdp);
  } catch (error) {
    throw new CodedError('bad_sdp', `The camera's description of its streams can't be read: ${reasonOf(error)}. Restart the camera.`, { cause: error });
  }
}

/** The first that the device would send; not a number where the line is torn. */
function payloadTypeOf(media: MediaDescription): number {
  return Number(String(media.payloads ?? 'none').split(' ')[0]);
}

function offerOf(media: MediaDescription, session: SessionDescription, baseUrl: string): StreamOffer | ForeignOffer {
  const payloadType = payloadTypeOf(media);
  const map = media.rtp.find(({ payload }) => payload === payloadType) ?? STATIC[payloadType];
  // The reader makes numbers of what looks like one, whatever it stands for.
  const codec = map === undefined ? `payload type ${payloadType}` : String(map.codec).toUpperCase();
  const parameters = parametersOf(String(media.fmtp.find(({ payload }) => payload === payloadType)?.config ?? ''));
  const facts = { payloadType, clockHz: map?.rate ?? 90_000, control: controlOf(media.control, session.control, baseUrl) };
  const foreign: ForeignOffer = { kind: 'foreign', codec };
  if (codec === 'H264') return { kind: 'video', codec: 'h264', ...facts, sets: setsOf(parameters.get('sprop-parameter-sets') ?? '') };
  const sound = SOUND[codec];
  if (sound === undefined || facts.clockHz < 8_000 || facts.clockHz > 192_000) return foreign;
  const channels = Math.min(8, Math.max(1, Number(map?.encoding ?? 1) || 1));
  if (sound !== 'aac') return { kind: 'sound', codec: sound, ...facts, channels, aac: null };
  const aac = aacOf(parameters);
  return aac === null ? foreign : { kind: 'sound', codec: sound, ...facts, channels, aac };
}

const SOUND: Readonly<Record<string, SoundOffer['codec']>> = { 'MPEG4-GENERIC': 'aac', OPUS: 'opus', PCMU: 'pcmu', PCMA: 'pcma', L16: 'l16' };

/** `name=value` pairs between semicolons; values may hold `=` themselves (base64). */
function parametersOf(config: string): Map<string, string> {
  const pairs = config.split(';').map((pair) => {
    const equals = pair.indexOf('=');
    return equals === -1 ? ([pair.trim().toLowerCase(), ''] as const) : ([pair.slice(0, equals).trim().toLowerCase(), pair.slice(equals + 1).trim()] as const);
  });
  return new Map(pairs);
}

function setsOf(sprop: string): ParameterSets | null {
  const nals = sprop.split(',').map((base64) => Buffer.from(base64, 'base64')).filter((nal) => nal.length > 3);
  return parameterSetsOf(joinNalUnits(nals));
}

function aacOf(parameters: ReadonlyMap<string, string>): SoundOffer['aac'] {
  const config = Buffer.from(parameters.get('config') ?? '', 'hex');
  const [sizeLength, indexLength] = [Number(parameters.get('sizelength') ?? 13), Number(parameters.get('indexlength') ?? 3)];
  const readable = config.length >= 2 && config.length <= 64 && sizeLength >= 1 && sizeLength <= 16 && indexLength >= 0 && indexLength <= 16;
  return readable ? { config, sizeLength, indexLength } : null;
}

/** RFC 2326 appendix C.1.1: absolute, or relative to the session's, or to the base. `*` is the whole presentation. */
function controlOf(media: string | undefined, session: string | undefined, baseUrl: string): string {
  const base = session !== undefined && /^rtsps?:/i.test(session) ? session : baseUrl;
  if (media === undefined || media === '*') return base;
  if (/^rtsps?:/i.test(media)) return media;
  // Cameras expect it appended, query string or not, and not resolved as RFC 3986 would.
  return `${base.replace(/\/$/, '')}/${media.replace(/^\//, '')}`;
}

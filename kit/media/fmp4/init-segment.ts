import { avcDecoderConfigurationRecord, parseSps } from '../h264.ts';
import { buildAudioSpecificConfig } from '../aac.ts';
import { box, fullBox, u16, u32 } from './box.ts';

/** One track of a fragmented file. Timescales are fixed: video counts 90 kHz, audio 48 kHz. */
export type Mp4Track = VideoTrack | AacTrack | OpusTrack;

export interface VideoTrack {
  readonly kind: 'h264';
  readonly trackId: number;
  /** NAL units with header byte, no start code. */
  readonly sps: Buffer;
  readonly pps: Buffer;
}

export interface AacTrack {
  readonly kind: 'aac';
  readonly trackId: number;
  readonly channels: 1 | 2;
}

export interface OpusTrack {
  readonly kind: 'opus';
  readonly trackId: number;
  readonly channels: 1 | 2;
  /** Samples at 48 kHz that a decoder throws away at the beginning; 0 when joining a stream that runs. */
  readonly preSkip?: number;
}

export const VIDEO_TIMESCALE = 90_000;
export const AUDIO_TIMESCALE = 48_000;

const UNITY_MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
const LANGUAGE_UNDETERMINED = 0x55c4;

/** `ftyp` and `moov` of a fragmented file or CMAF track (ISO/IEC 14496-12; 23000-19 for the brands). No samples, no duration. */
export function initSegment(tracks: readonly Mp4Track[]): Buffer {
  const brands = Buffer.from('iso6\0\0\0\0iso6cmfcmp41', 'latin1');
  const nextTrackId = Math.max(0, ...tracks.map((track) => track.trackId)) + 1;
  const movie = fullBox('mvhd', 0, 0, u32(0, 0, 1000, 0, 0x10000), u16(0x100), Buffer.alloc(10), UNITY_MATRIX, Buffer.alloc(24), u32(nextTrackId));
  const defaults = tracks.map((track) => fullBox('trex', 0, 0, u32(track.trackId, 1, 0, 0, 0)));
  return Buffer.concat([box('ftyp', brands), box('moov', movie, ...tracks.map(trak), box('mvex', ...defaults))]);
}

export function timescaleOf(track: Mp4Track): number {
  return track.kind === 'h264' ? VIDEO_TIMESCALE : AUDIO_TIMESCALE;
}

/** Codec string for HLS and `MediaSource` (RFC 6381), e.g. `avc1.42c01f`, `mp4a.40.2`, `opus`. */
export function codecString(track: Mp4Track): string {
  if (track.kind === 'h264') return `avc1.${track.sps.toString('hex', 1, 4)}`;
  return track.kind === 'aac' ? 'mp4a.40.2' : 'opus';
}

function trak(track: Mp4Track): Buffer {
  const video = track.kind === 'h264';
  const size = video ? parseSps(track.sps) : { width: 0, height: 0 };
  const header = fullBox(
    'tkhd', 0, 3, u32(0, 0, track.trackId, 0, 0), Buffer.alloc(8), // reserved
    u16(0, video ? 0 : 1, video ? 0 : 0x100, 0), // layer, alternate group, volume
    UNITY_MATRIX, u32(size.width * 0x10000, size.height * 0x10000),
  );
  const media = box(
    'mdia',
    fullBox('mdhd', 0, 0, u32(0, 0, timescaleOf(track), 0), u16(LANGUAGE_UNDETERMINED, 0)),
    fullBox('hdlr', 0, 0, u32(0), Buffer.from(video ? 'vide' : 'soun'), u32(0, 0, 0), Buffer.from(video ? 'video\0' : 'sound\0')),
    mediaInformation(track),
  );
  return box('trak', header, media);
}

function mediaInformation(track: Mp4Track): Buffer {
  const kind = track.kind === 'h264' ? fullBox('vmhd', 0, 1, u16(0, 0, 0, 0)) : fullBox('smhd', 0, 0, u16(0, 0));
  const reference = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)));
  const table = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), sampleEntry(track)),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0, 0)),
    fullBox('stco', 0, 0, u32(0)),
  );
  return box('minf', kind, reference, table);
}

function sampleEntry(track: Mp4Track): Buffer {
  if (track.kind === 'h264') return avc1(track);
  const head = Buffer.concat([Buffer.alloc(6), u16(1), u32(0, 0), u16(track.channels, 16, 0, 0), u32(AUDIO_TIMESCALE * 0x10000)]);
  return track.kind === 'aac' ? box('mp4a', head, esds(track)) : box('Opus', head, dOps(track));
}

function avc1(track: VideoTrack): Buffer {
  const { width, height } = parseSps(track.sps);
  return box(
    'avc1',
    Buffer.alloc(6), u16(1), Buffer.alloc(16), u16(width, height), u32(0x480000, 0x480000, 0), u16(1),
    Buffer.alloc(32), // compressor name
    u16(24, 0xffff),
    box('avcC', avcDecoderConfigurationRecord(track.sps, track.pps)),
  );
}

/** Elementary stream descriptor (ISO/IEC 14496-1 section 7.2.6.5) around the AudioSpecificConfig. */
function esds(track: AacTrack): Buffer {
  const config = buildAudioSpecificConfig({ objectType: 2, sampleRateHz: AUDIO_TIMESCALE, channels: track.channels });
  const decoder = descriptor(0x04, Buffer.from([0x40, 0x15, 0, 0, 0]), u32(128_000, 128_000), descriptor(0x05, config));
  return fullBox('esds', 0, 0, descriptor(0x03, u16(track.trackId & 0xffff), Buffer.from([0]), decoder, descriptor(0x06, Buffer.from([2]))));
}

function descriptor(tag: number, ...payload: readonly Buffer[]): Buffer {
  const size = payload.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([tag, 0x80, 0x80, 0x80, size]), ...payload]);
}

/** OpusSpecificBox ("Encapsulation of Opus in ISO Base Media File Format", section 4.3.2): big-endian, channel mapping family 0. */
function dOps(track: OpusTrack): Buffer {
  return box('dOps', Buffer.from([0, track.channels]), u16(track.preSkip ?? 0), u32(AUDIO_TIMESCALE), u16(0), Buffer.from([0]));
}

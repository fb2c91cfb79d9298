/**
 * The bytes that FFmpeg is fed with, in containers that need no look ahead: its own RTSP reader and its raw H.264 reader hold each
 * frame until the next has begun. Pure.
 */
import { OggOpusWriter } from '#kit/media/ogg-opus.ts';
import { FLV_TAG, flvHeader, flvTag } from '#kit/media/flv.ts';
import { opusSamples } from '#kit/media/opus.ts';
import type { SoundOffer } from '../rtsp/description.ts';

/** First byte of audio data for AAC: format 10, and the rate, size and channel bits that the format fixes (FLV 10.1 annex E.4.2.1). */
const FLV_AAC = 0xaf;
/** Zero in the companded codes of G.711. */
const SILENT_BYTE = { pcmu: 0xff, pcma: 0xd5, l16: 0 } as const;

/** One stream of sound for FFmpeg. */
export interface SoundFeed {
  /** FFmpeg's options for reading it. */
  readonly input: readonly string[];
  head(): Buffer;
  /** A frame that stands at `positionUs` of the stream. */
  frame(data: Buffer, positionUs: number): Buffer;
  /** What stands in for so many lost samples: nothing where the container's timestamps tell of the gap, null where neither is possible. */
  silence(samples: number): Buffer | null;
}

export function soundFeed(offer: SoundOffer): SoundFeed {
  if (offer.aac !== null) return aacFeed(offer.aac.config);
  if (offer.codec === 'opus') return opusFeed(offer.channels);
  const codec = offer.codec === 'pcmu' || offer.codec === 'pcma' ? offer.codec : 'l16';
  const format = codec === 'pcmu' ? 'mulaw' : codec === 'pcma' ? 'alaw' : 's16be';
  const sampleBytes = (codec === 'l16' ? 2 : 1) * offer.channels;
  return {
    input: ['-f', format, '-ar', String(offer.clockHz), '-ac', String(offer.channels)],
    head: () => Buffer.alloc(0),
    frame: (data) => data,
    silence: (samples) => Buffer.alloc(samples * sampleBytes, SILENT_BYTE[codec]),
  };
}

function aacFeed(config: Buffer): SoundFeed {
  return {
    input: ['-f', 'flv'],
    head: () => Buffer.concat([flvHeader({ video: false, audio: true }), flvTag(FLV_TAG.audio, 0, Buffer.from([FLV_AAC, 0]), config)]),
    frame: (data, positionUs) => flvTag(FLV_TAG.audio, positionUs / 1_000, Buffer.from([FLV_AAC, 1]), data),
    silence: () => Buffer.alloc(0),
  };
}

function opusFeed(channels: number): SoundFeed {
  const writer = new OggOpusWriter(channels === 1 ? 1 : 2);
  return {
    input: ['-f', 'ogg'],
    head: () => writer.header(),
    frame: (data) => writer.packet(data, opusSamples(data)),
    silence: () => null,
  };
}

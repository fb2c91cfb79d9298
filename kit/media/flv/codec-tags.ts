import { buildAudioSpecificConfig } from '../aac.ts';
import { annexBToAvcc, avcDecoderConfigurationRecord, type ParameterSets } from '../h264.ts';
import { FLV_TAG, flvTag } from './tag.ts';

/** First byte of audio data for AAC: format 10, and the rate, size and channel bits that the format fixes (annex E.4.2.1). */
const AAC_HEAD = 0xaf;

/** Decoder configuration, sent before the first frame and whenever it changes. */
export function avcSequenceHeader(timestampMs: number, sets: ParameterSets): Buffer {
  return flvTag(FLV_TAG.video, timestampMs, Buffer.from([0x17, 0, 0, 0, 0]), avcDecoderConfigurationRecord(sets.sps, sets.pps));
}

/** One access unit. Composition time is 0: there are no B-frames. */
export function avcFrame(timestampMs: number, annexB: Buffer, keyframe: boolean): Buffer {
  return flvTag(FLV_TAG.video, timestampMs, Buffer.from([keyframe ? 0x17 : 0x27, 1, 0, 0, 0]), annexBToAvcc(annexB));
}

export function aacSequenceHeader(timestampMs: number, channels: number): Buffer {
  const config = buildAudioSpecificConfig({ objectType: 2, sampleRateHz: 48_000, channels });
  return flvTag(FLV_TAG.audio, timestampMs, Buffer.from([AAC_HEAD, 0]), config);
}

export function aacFrame(timestampMs: number, raw: Buffer): Buffer {
  return flvTag(FLV_TAG.audio, timestampMs, Buffer.from([AAC_HEAD, 1]), raw);
}

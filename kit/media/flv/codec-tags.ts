import { buildAudioSpecificConfig } from '../aac.ts';
import { annexBToAvcc, avcDecoderConfigurationRecord, type ParameterSets } from '../h264.ts';
import { FLV_TAG, type FlvTag } from './tag.ts';

/** First byte of audio data for AAC: format 10, and the rate, size and channel bits that the format fixes (annex E.4.2.1). */
const AAC_HEAD = 0xaf;

/** Decoder configuration, sent before the first frame and whenever it changes. */
export function avcSequenceHeader(timestampMs: number, sets: ParameterSets): FlvTag {
  return tag(FLV_TAG.video, timestampMs, [0x17, 0, 0, 0, 0], avcDecoderConfigurationRecord(sets.sps, sets.pps));
}

/** One access unit. Composition time is 0: there are no B-frames. */
export function avcFrame(timestampMs: number, annexB: Buffer, keyframe: boolean): FlvTag {
  return tag(FLV_TAG.video, timestampMs, [keyframe ? 0x17 : 0x27, 1, 0, 0, 0], annexBToAvcc(annexB));
}

export function aacSequenceHeader(timestampMs: number, channels: number): FlvTag {
  const config = buildAudioSpecificConfig({ objectType: 2, sampleRateHz: 48_000, channels });
  return tag(FLV_TAG.audio, timestampMs, [AAC_HEAD, 0], config);
}

export function aacFrame(timestampMs: number, raw: Buffer): FlvTag {
  return tag(FLV_TAG.audio, timestampMs, [AAC_HEAD, 1], raw);
}

function tag(type: number, timestampMs: number, head: readonly number[], body: Buffer): FlvTag {
  return { type, timestampMs: Math.round(timestampMs), data: Buffer.concat([Buffer.from(head), body]) };
}

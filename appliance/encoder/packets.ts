import { canonicalAccessUnit, parameterSetsOf } from '#kit/media/h264.ts';
import { type NutPacket, ptsToUs } from '#kit/media/nut.ts';
import type { AudioPacket, VideoPacket } from '#kit/media/packet.ts';
import type { Placement } from './placement.ts';

/** From a count of frames or samples to the box's clock. */
export interface ProgramTime {
  /** Microseconds since 1970 of frame 0 and sample 0. */
  readonly epochUs: number;
  readonly fps: number;
}

const SAMPLE_RATE_HZ = 48_000;
/**
 * Samples by which a decoder's output lags what was encoded: one frame of AAC, 6.5 ms of Opus (RFC 7845 section 4.2). NUT has no
 * negative timestamps, so FFmpeg moves the first packet to 0 and everything with it; this is taken back here.
 */
const PRIMING_SAMPLES = { aac: 1024, opus: 312 } as const;
const FRAME_SAMPLES = { aac: 1024, opus: 960 } as const;

export function videoPacketOf(nut: NutPacket, layer: string, placement: Placement, time: ProgramTime): VideoPacket {
  const position = Math.round((ptsToUs(nut.pts, nut.timeBase) * time.fps) / 1_000_000);
  const index = placement.indexOf(position);
  const data = canonicalAccessUnit(nut.data, nut.key ? parameterSetsOf(nut.stream.extradata) : null);
  const durationUs = Math.round(1_000_000 / time.fps);
  return { kind: 'video', codec: 'h264', layer, captureUs: time.epochUs + Math.round((index * 1_000_000) / time.fps), durationUs, keyframe: nut.key, data };
}

export function audioPacketOf(nut: NutPacket, codec: 'aac' | 'opus', placement: Placement, time: ProgramTime): AudioPacket {
  const position = Math.round((ptsToUs(nut.pts, nut.timeBase) * SAMPLE_RATE_HZ) / 1_000_000) - PRIMING_SAMPLES[codec];
  const index = placement.indexOf(position);
  const captureUs = time.epochUs + Math.round((index * 1_000_000) / SAMPLE_RATE_HZ);
  return { kind: 'audio', codec, captureUs, durationUs: Math.round((FRAME_SAMPLES[codec] * 1_000_000) / SAMPLE_RATE_HZ), channels: 2, data: nut.data };
}

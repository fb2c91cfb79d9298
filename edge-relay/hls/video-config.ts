import type { Mp4Track } from '#kit/media/fmp4.ts';
import { type ParameterSets, parseSps } from '#kit/media/h264.ts';
import type { VideoPacket } from '#kit/media/packet.ts';
import { CodedError } from '#kit/process/errors.ts';

/** What a layer's keyframe says of it. */
export interface VideoConfig {
  readonly sets: ParameterSets;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

export function videoTrack(sets: ParameterSets): Mp4Track {
  return { kind: 'h264', trackId: 1, ...sets };
}

export function sameSets(one: ParameterSets, other: ParameterSets): boolean {
  return one.sps.equals(other.sps) && one.pps.equals(other.pps);
}

/** Null where the network brought parameter sets that can't be read: that frame is not for us. */
export function readVideoConfig(packet: VideoPacket, sets: ParameterSets): VideoConfig | null {
  try {
    const { width, height, fps } = parseSps(sets.sps);
    return { sets, width, height, fps: fps ?? 1_000_000 / packet.durationUs };
  } catch (error) {
    if (error instanceof CodedError) return null;
    throw error;
  }
}

/** Frames of a WHIP publisher as the packets that travel through a room. */
import { canonicalAccessUnit } from '#kit/media/h264.ts';
import { opusChannels, opusSamples } from '#kit/media/opus.ts';
import { type MediaPacket, OPUS_CLOCK_HZ } from '#kit/media/packet.ts';
import type { ReceivedFrame } from '#kit/webrtc/types.ts';

/** The layer of a publisher without simulcast. */
export const SOURCE_LAYER = 'source';
const LAYER_NAME = /^[\w-]{1,32}$/;
/** Claimed for a layer's first frame, before a difference is known; and the longest that a difference is believed. */
const FIRST_FRAME_US = 40_000;
const MAX_FRAME_US = 1_000_000;

export class WhipFrames {
  readonly #last = new Map<string, { readonly captureUs: number; readonly durationUs: number }>();

  /** Null for what can't be used: an empty frame, a stream with a name that is none. */
  packet(frame: ReceivedFrame): MediaPacket | null {
    if (frame.kind === 'audio') return audioPacket(frame);
    const layer = frame.rid ?? SOURCE_LAYER;
    const data = canonicalAccessUnit(frame.data, null);
    if (data.length === 0 || !LAYER_NAME.test(layer)) return null;
    const { captureUs, keyframe } = frame;
    return { kind: 'video', codec: 'h264', layer, captureUs, durationUs: this.#duration(layer, captureUs), keyframe, data };
  }

  /** The last difference serves as this frame's duration: the next one is not known yet. */
  #duration(layer: string, captureUs: number): number {
    const last = this.#last.get(layer);
    const step = last === undefined ? 0 : captureUs - last.captureUs;
    const durationUs = step > 0 && step <= MAX_FRAME_US ? step : (last?.durationUs ?? FIRST_FRAME_US);
    this.#last.set(layer, { captureUs, durationUs });
    return durationUs;
  }
}

function audioPacket(frame: ReceivedFrame): MediaPacket | null {
  const samples = opusSamples(frame.data);
  if (samples === 0) return null;
  const durationUs = Math.round((samples * 1_000_000) / OPUS_CLOCK_HZ);
  return { kind: 'audio', codec: 'opus', captureUs: frame.captureUs, durationUs, channels: opusChannels(frame.data), data: frame.data };
}

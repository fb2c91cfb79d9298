/** Frames of a WHIP publisher as the packets that travel through a room. */
import { FrameDurations } from '#kit/media/frame-durations.ts';
import { canonicalAccessUnit } from '#kit/media/h264.ts';
import { opusChannels, opusSamples } from '#kit/media/opus.ts';
import { type MediaPacket, OPUS_CLOCK_HZ } from '#kit/media/packet.ts';
import type { ReceivedFrame } from '#kit/webrtc/types.ts';
import { MAX_PAYLOAD_BYTES } from '../pump/limits.ts';

/** The layer of a publisher without simulcast. */
export const SOURCE_LAYER = 'source';
const LAYER_NAME = /^[\w-]{1,32}$/;

export class WhipFrames {
  readonly #durations = new Map<string, FrameDurations>();

  /** Null for what can't be used: an empty frame, a stream with a name that is none, sound that fits no packet to a viewer. */
  packet(frame: ReceivedFrame): MediaPacket | null {
    if (frame.kind === 'audio') return audioPacket(frame);
    const layer = frame.rid ?? SOURCE_LAYER;
    const data = canonicalAccessUnit(frame.data, null);
    if (data.length === 0 || !LAYER_NAME.test(layer)) return null;
    const { captureUs, keyframe } = frame;
    return { kind: 'video', codec: 'h264', layer, captureUs, durationUs: this.#durationsOf(layer).of(captureUs), keyframe, data };
  }

  #durationsOf(layer: string): FrameDurations {
    const known = this.#durations.get(layer) ?? new FrameDurations();
    this.#durations.set(layer, known);
    return known;
  }
}

/** Opus is never cut (RFC 7587 section 4.2): what came in a longer packet than ours, by TCP or all of an Ethernet frame, can't go out. */
function audioPacket(frame: ReceivedFrame): MediaPacket | null {
  if (frame.data.length > MAX_PAYLOAD_BYTES) return null;
  const samples = opusSamples(frame.data);
  if (samples === 0) return null;
  const durationUs = Math.round((samples * 1_000_000) / OPUS_CLOCK_HZ);
  return { kind: 'audio', codec: 'opus', captureUs: frame.captureUs, durationUs, channels: opusChannels(frame.data), data: frame.data };
}

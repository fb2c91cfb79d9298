import { parameterSetsOf, type ParameterSets } from '../h264.ts';
import type { AudioPacket, MediaPacket, VideoPacket } from '../packet.ts';
import { aacFrame, aacSequenceHeader, avcFrame, avcSequenceHeader } from './codec-tags.ts';
import { flvHeader } from './tag.ts';

/**
 * Turns packets into an FLV byte stream, for FFmpeg's RTMP output and for HTTP-FLV. It begins at the first keyframe, at 0 ms or at
 * `baseUs`; sequence headers go out before the first frame of each kind and again when the configuration changes.
 */
export class FlvFromPackets {
  #baseUs: number | null;
  #sets: ParameterSets | null = null;
  #channels = 0;
  #begun = false;
  readonly #has: { readonly video: boolean; readonly audio: boolean };

  /** `only`: announces pictures alone, so that a reader waits for no sound. */
  constructor(options: { baseUs?: number; only?: 'video' } = {}) {
    this.#baseUs = options.baseUs ?? null;
    this.#has = { video: true, audio: options.only !== 'video' };
  }

  /** Bytes to send for this packet; empty for what comes before the first keyframe, for Opus, and for what is older than the base. */
  push(packet: MediaPacket): Buffer {
    const head = this.#begun ? [] : this.#begin(packet);
    if (!this.#begun || this.#baseUs === null || packet.captureUs < this.#baseUs) return Buffer.alloc(0);
    const timestampMs = (packet.captureUs - this.#baseUs) / 1000;
    const tags = packet.kind === 'video' ? this.#video(packet, timestampMs) : this.#audio(packet, timestampMs);
    return Buffer.concat([...head, ...tags]);
  }

  #begin(packet: MediaPacket): Buffer[] {
    if (packet.kind !== 'video' || !packet.keyframe) return [];
    this.#begun = true;
    this.#baseUs ??= packet.captureUs;
    return [flvHeader(this.#has)];
  }

  #video(packet: VideoPacket, timestampMs: number): Buffer[] {
    const sets = packet.keyframe ? parameterSetsOf(packet.data) : null;
    const frame = avcFrame(timestampMs, packet.data, packet.keyframe);
    if (sets === null || (this.#sets !== null && sets.sps.equals(this.#sets.sps) && sets.pps.equals(this.#sets.pps))) return [frame];
    this.#sets = sets;
    return [avcSequenceHeader(timestampMs, sets), frame];
  }

  #audio(packet: AudioPacket, timestampMs: number): Buffer[] {
    if (packet.codec !== 'aac') return [];
    const frame = aacFrame(timestampMs, packet.data);
    if (this.#channels === packet.channels) return [frame];
    this.#channels = packet.channels;
    return [aacSequenceHeader(timestampMs, packet.channels), frame];
  }
}

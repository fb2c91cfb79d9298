import { parameterSetsOf, type ParameterSets } from '../h264.ts';
import type { AudioPacket, MediaPacket, VideoPacket } from '../packet.ts';
import { aacFrame, aacSequenceHeader, avcFrame, avcSequenceHeader } from './codec-tags.ts';
import { type FlvTag, flvHeader, flvTag } from './tag.ts';

/**
 * Turns packets into FLV tags, as RTMP carries them. They begin at the first keyframe, at 0 ms or at `baseUs`; sequence headers go out
 * before the first frame of each kind and again when the configuration changes.
 */
export class FlvTags {
  #baseUs: number | null;
  #sets: ParameterSets | null = null;
  #channels = 0;
  #begun = false;

  constructor(options: { baseUs?: number } = {}) {
    this.#baseUs = options.baseUs ?? null;
  }

  /** Capture time of timestamp 0, microseconds since 1970; null before the first tag. */
  get baseUs(): number | null {
    return this.#begun ? this.#baseUs : null;
  }

  /** Empty for what comes before the first keyframe, for Opus, and for what is older than the base. */
  push(packet: MediaPacket): FlvTag[] {
    if (!this.#begun && (packet.kind !== 'video' || !packet.keyframe)) return [];
    this.#begun = true;
    this.#baseUs ??= packet.captureUs;
    if (packet.captureUs < this.#baseUs) return [];
    const timestampMs = (packet.captureUs - this.#baseUs) / 1000;
    return packet.kind === 'video' ? this.#video(packet, timestampMs) : this.#audio(packet, timestampMs);
  }

  #video(packet: VideoPacket, timestampMs: number): FlvTag[] {
    const sets = packet.keyframe ? parameterSetsOf(packet.data) : null;
    const frame = avcFrame(timestampMs, packet.data, packet.keyframe);
    if (sets === null || (this.#sets !== null && sets.sps.equals(this.#sets.sps) && sets.pps.equals(this.#sets.pps))) return [frame];
    this.#sets = sets;
    return [avcSequenceHeader(timestampMs, sets), frame];
  }

  #audio(packet: AudioPacket, timestampMs: number): FlvTag[] {
    if (packet.codec !== 'aac') return [];
    const frame = aacFrame(timestampMs, packet.data);
    if (this.#channels === packet.channels) return [frame];
    this.#channels = packet.channels;
    return [aacSequenceHeader(timestampMs, packet.channels), frame];
  }
}

/** The same as an FLV byte stream, for FFmpeg's input and for HTTP-FLV. */
export class FlvFromPackets {
  readonly #tags: FlvTags;
  readonly #has: { readonly video: boolean; readonly audio: boolean };
  #begun = false;

  /** `only`: announces pictures alone, so that a reader waits for no sound. */
  constructor(options: { baseUs?: number; only?: 'video' } = {}) {
    this.#tags = new FlvTags(options);
    this.#has = { video: true, audio: options.only !== 'video' };
  }

  /** Bytes to send for this packet. */
  push(packet: MediaPacket): Buffer {
    const tags = this.#tags.push(packet).map(({ type, timestampMs, data }) => flvTag(type, timestampMs, data));
    const head = this.#begun || this.#tags.baseUs === null ? [] : [flvHeader(this.#has)];
    this.#begun ||= head.length > 0;
    return Buffer.concat([...head, ...tags]);
  }
}

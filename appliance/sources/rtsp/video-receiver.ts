import { canonicalAccessUnit, isKeyframe, parameterSetsOf, type ParameterSets } from '#kit/media/h264.ts';
import { H264Depacketizer } from '#kit/media/rtp-h264.ts';
import { ReorderBuffer } from '#kit/webrtc/reorder-buffer.ts';
import type { RtpPacket } from '#kit/webrtc/rtp/packet.ts';

export interface AccessUnit {
  readonly rtpTimestamp: number;
  readonly keyframe: boolean;
  /** Annex B in the form that a `VideoPacket` promises. */
  readonly data: Buffer;
}

/** NAL units that begin a keyframe: SPS, and the aggregate (RFC 6184 section 5.7.1) that it often comes in. */
const BEGIN_KEYFRAME: ReadonlySet<number> = new Set([7, 24]);

/**
 * One H.264 stream, from RTP packets to whole access units. After a loss nothing is given out before the next keyframe: a decoder
 * would smear, and a still picture is better than a wrong one.
 */
export class VideoReceiver {
  readonly #order: ReorderBuffer;
  readonly #depacketizer = new H264Depacketizer();
  /** `skip` until the marker that ends a damaged frame, then `await-keyframe`, then `whole`. */
  #state: 'skip' | 'await-keyframe' | 'whole' = 'await-keyframe';
  #sets: ParameterSets | null;
  #dropped = 0;

  /** `maxWaitMs`: how long a missing packet is waited for; 0 where none can come late (TCP). */
  constructor(sets: ParameterSets | null, maxWaitMs: number) {
    this.#sets = sets;
    this.#order = new ReorderBuffer({ maxWaitMs });
  }

  /** Highest sequence number with its rollovers counted, -1 before the first. */
  get highestSequence(): number {
    return this.#order.highest;
  }

  push(packet: RtpPacket, nowMs: number): AccessUnit[] {
    this.#order.push(packet, nowMs);
    return this.#order.take(nowMs).flatMap((item) => (item === 'gap' ? this.#onGap() : (this.#onPacket(item) ?? [])));
  }

  /** Frames that were lost or left out since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  #onGap(): [] {
    this.#depacketizer.reset();
    this.#state = 'skip';
    return [];
  }

  #onPacket(packet: RtpPacket): AccessUnit | null {
    if (packet.payload.length === 0) return null;
    if (this.#state === 'skip' && BEGIN_KEYFRAME.has(packet.payload.readUInt8(0) & 0x1f)) this.#endSkip();
    if (this.#state === 'skip') {
      if (packet.marker) this.#endSkip();
      return null;
    }
    const unit = this.#depacketizer.push(packet.payload, packet.marker);
    if (unit !== null) return this.#onUnit(packet.timestamp, unit);
    if (packet.marker) this.#drop();
    return null;
  }

  #onUnit(rtpTimestamp: number, unit: Buffer): AccessUnit | null {
    this.#sets = parameterSetsOf(unit) ?? this.#sets;
    const keyframe = isKeyframe(unit);
    if ((this.#state !== 'whole' && !keyframe) || this.#sets === null) return this.#drop();
    const data = canonicalAccessUnit(unit, this.#sets);
    // Delimiters or parameter sets by themselves: nothing to show.
    if (data.length === 0) return null;
    this.#state = 'whole';
    return { rtpTimestamp, keyframe, data };
  }

  #endSkip(): void {
    this.#dropped += 1;
    this.#depacketizer.reset();
    this.#state = 'await-keyframe';
  }

  #drop(): null {
    this.#dropped += 1;
    this.#state = 'await-keyframe';
    return null;
  }
}

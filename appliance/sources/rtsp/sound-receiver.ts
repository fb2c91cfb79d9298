import { AAC_FRAME_SAMPLES } from '#kit/media/aac.ts';
import { opusSamples } from '#kit/media/opus.ts';
import { ReorderBuffer } from '#kit/webrtc/reorder-buffer.ts';
import type { RtpPacket } from '#kit/webrtc/rtp/packet.ts';
import { timestampDelta } from '#kit/webrtc/rtp/sequence.ts';
import type { SoundOffer } from './description.ts';

export interface SoundUnit {
  readonly rtpTimestamp: number;
  /** One AAC or Opus frame, or samples as they came. */
  readonly data: Buffer;
  /** Per channel, of the stream's clock. */
  readonly samples: number;
  /** Samples (per channel, of the stream's clock) that were lost in front of it. */
  readonly missing: number;
}

/** A gap longer than this is not filled with silence: the stream stood still or began anew, s. */
const FILLED_S = 1;

/** One sound stream, from RTP packets to frames in order, with what is missing between them. */
export class SoundReceiver {
  readonly #offer: SoundOffer;
  readonly #order: ReorderBuffer;
  /** RTP timestamp that the next unit has when nothing is missing. */
  #expected: number | null = null;

  constructor(offer: SoundOffer, maxWaitMs: number) {
    this.#offer = offer;
    this.#order = new ReorderBuffer({ maxWaitMs });
  }

  get highestSequence(): number {
    return this.#order.highest;
  }

  push(packet: RtpPacket, nowMs: number): SoundUnit[] {
    this.#order.push(packet, nowMs);
    return this.#order.take(nowMs).flatMap((item) => (item === 'gap' ? [] : this.#unitsOf(item)));
  }

  #unitsOf(packet: RtpPacket): SoundUnit[] {
    let { timestamp } = packet;
    return framesOf(packet.payload, this.#offer).map((data) => {
      const rtpTimestamp = timestamp;
      const samples = samplesOf(data, this.#offer);
      timestamp = (timestamp + samples) >>> 0;
      const ahead = this.#expected === null ? 0 : timestampDelta(this.#expected, rtpTimestamp);
      this.#expected = timestamp;
      return { rtpTimestamp, data, samples, missing: ahead > 0 && ahead <= FILLED_S * this.#offer.clockHz ? ahead : 0 };
    });
  }
}

function framesOf(payload: Buffer, offer: SoundOffer): Buffer[] {
  if (payload.length === 0) return [];
  if (offer.aac !== null) return aacFrames(payload, offer.aac);
  if (offer.codec !== 'l16') return [payload];
  // Whole samples of all channels only.
  const whole = payload.length - (payload.length % (2 * offer.channels));
  return whole === 0 ? [] : [payload.subarray(0, whole)];
}

/** RFC 3640 section 3.2.1: a length in bits, a header a frame (its size and its index), then the frames. A torn packet gives what is whole. */
export function aacFrames(payload: Buffer, { sizeLength, indexLength }: { sizeLength: number; indexLength: number }): Buffer[] {
  if (payload.length < 2) return [];
  const headersBits = payload.readUInt16BE(0);
  let at = 2 + Math.ceil(headersBits / 8);
  const frames: Buffer[] = [];
  for (let bit = 16; bit + sizeLength + indexLength <= 16 + headersBits; bit += sizeLength + indexLength) {
    const size = bitsAt(payload, bit, sizeLength);
    if (size === null || size === 0 || at + size > payload.length) break;
    frames.push(payload.subarray(at, at + size));
    at += size;
  }
  return frames;
}

function bitsAt(bytes: Buffer, from: number, count: number): number | null {
  if (from + count > bytes.length * 8) return null;
  let value = 0;
  for (let bit = from; bit < from + count; bit += 1) value = (value << 1) | (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
  return value;
}

function samplesOf(data: Buffer, { codec, channels }: SoundOffer): number {
  if (codec === 'aac') return AAC_FRAME_SAMPLES;
  if (codec === 'l16') return data.length / (2 * channels);
  // Opus counts 48 kHz whatever it holds (RFC 7587 section 4.1).
  return codec === 'opus' ? opusSamples(data) : data.length / channels;
}

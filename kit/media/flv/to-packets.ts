import { CodedError } from '../../process/errors.ts';
import { AAC_FRAME_SAMPLES, type AacConfig, parseAudioSpecificConfig } from '../aac.ts';
import { type AvcConfig, avccToAnnexB, canonicalAccessUnit, hasBFrames, isKeyframe, parseAvcDecoderConfigurationRecord } from '../h264.ts';
import { FrameDurations } from '../frame-durations.ts';
import type { MediaPacket } from '../packet.ts';
import { FLV_TAG, type FlvTag } from './tag.ts';

const AVC = 7;
const AAC = 10;
/** RTMP clocks wrap at 2^32 ms and some restart; a step back larger than this is taken for a new start of the clock. */
const STEP_BACK_MS = 1000;

/**
 * FLV tags of a foreign publisher as packets. Capture time is `epochUs` plus the tag's time since the first tag. Refuses by
 * `CodedError` what the product can't carry: other codecs (`unsupported_codec`), B-frames (`b_frames`), AAC at another rate
 * than 48 kHz or of more than two channels (`unsupported_audio`). A torn tag is dropped.
 */
export class PacketsFromFlv {
  readonly #layer: string;
  readonly #durations = new FrameDurations();
  #epochUs: number;
  #firstMs: number | null = null;
  #lastMs = 0;
  #avc: AvcConfig | null = null;
  #aac: AacConfig | null = null;

  constructor(options: { epochUs: number; layer: string }) {
    this.#epochUs = options.epochUs;
    this.#layer = options.layer;
  }

  push(tag: FlvTag): MediaPacket | null {
    if (tag.data.length < 2) return null;
    if (tag.type === FLV_TAG.video) return this.#video(tag);
    if (tag.type === FLV_TAG.audio) return this.#audio(tag);
    return null;
  }

  #video(tag: FlvTag): MediaPacket | null {
    const head = tag.data.readUInt8(0);
    if ((head & 0x80) !== 0 || (head & 0x0f) !== AVC) throw unsupported('unsupported_codec', 'This picture is not H.264. Set the encoder to H.264.');
    if (tag.data.length < 5) return null;
    const kind = tag.data.readUInt8(1);
    const body = tag.data.subarray(5);
    if (kind === 0) this.#avc = parseAvcDecoderConfigurationRecord(body);
    if (kind !== 1 || this.#avc === null) return null;
    const data = canonicalAccessUnit(avccToAnnexB(body, this.#avc.lengthSize), this.#avc);
    if (data.length === 0) return null;
    if (tag.data.readIntBE(2, 3) !== 0 || hasBFrames(data)) {
      throw unsupported('b_frames', 'This stream has B-frames, which stutter live. Set the encoder to 0 B-frames (x264: bframes=0, tune zerolatency).');
    }
    const captureUs = this.#captureUs(tag.timestampMs);
    return { kind: 'video', codec: 'h264', layer: this.#layer, captureUs, durationUs: this.#durations.of(captureUs), keyframe: isKeyframe(data), data };
  }

  #audio(tag: FlvTag): MediaPacket | null {
    if (tag.data.readUInt8(0) >> 4 !== AAC) throw unsupported('unsupported_codec', 'This sound is not AAC. Set the encoder to AAC at 48 kHz.');
    const body = tag.data.subarray(2);
    if (tag.data.readUInt8(1) === 0) {
      this.#aac = acceptAac(parseAudioSpecificConfig(body));
      return null;
    }
    if (this.#aac === null || body.length === 0) return null;
    const durationUs = (AAC_FRAME_SAMPLES * 1_000_000) / this.#aac.sampleRateHz;
    const channels = this.#aac.channels === 1 ? 1 : 2;
    return { kind: 'audio', codec: 'aac', captureUs: this.#captureUs(tag.timestampMs), durationUs, channels, data: body };
  }

  #captureUs(timestampMs: number): number {
    if (this.#firstMs === null) this.#firstMs = timestampMs;
    else if (timestampMs < this.#lastMs - STEP_BACK_MS) {
      this.#epochUs += (this.#lastMs - this.#firstMs) * 1000;
      this.#firstMs = timestampMs;
      this.#lastMs = timestampMs;
    }
    this.#lastMs = Math.max(this.#lastMs, timestampMs);
    return this.#epochUs + (timestampMs - this.#firstMs) * 1000;
  }
}

function acceptAac(config: AacConfig): AacConfig {
  if (config.sampleRateHz !== 48_000 || config.channels < 1 || config.channels > 2 || config.objectType !== 2) {
    throw unsupported('unsupported_audio', `This sound is AAC type ${config.objectType}, ${config.sampleRateHz} Hz, ${config.channels} channels. Set the encoder to AAC-LC, 48 kHz, mono or stereo.`);
  }
  return config;
}

function unsupported(code: string, message: string): CodedError {
  return new CodedError(code, message, { status: 415 });
}

import { CodedError } from '../../process/errors.ts';
import { AAC_FRAME_SAMPLES, type AacConfig, parseAudioSpecificConfig } from '../aac.ts';
import { type AvcConfig, avccToAnnexB, canonicalAccessUnit, hasBFrames, hasTooManyNalUnits, isKeyframe, parseAvcDecoderConfigurationRecord } from '../h264.ts';
import { FrameDurations } from '../frame-durations.ts';
import type { MediaPacket } from '../packet.ts';
import { FLV_TAG, type FlvTag } from './tag.ts';

const AVC = 7;
const AAC = 10;
/** RTMP clocks wrap at 2^32 ms and some restart: a step back larger than this, or ahead larger than any encoder pauses, is taken for a new start of the clock. */
const STEP_BACK_MS = 1000;
const LEAP_AHEAD_MS = 20_000;

/**
 * FLV tags of a foreign publisher as packets. Capture time is `epochUs` plus the tag's time since the first tag. Refuses by
 * `CodedError` what the product can't carry: other codecs (`unsupported_codec`), B-frames (`b_frames`), AAC at another rate
 * than 48 kHz or of more than two channels (`unsupported_audio`). A torn tag is dropped, and one
 * of more NAL units than any encoder makes: to read each would hold everybody up.
 */
export class PacketsFromFlv {
  readonly #layer: string;
  readonly #durations = new FrameDurations();
  readonly #epochUs: number;
  /** The newest tag's time, as it came, and counted from the first without wrapping. */
  #newestMs: number | null = null;
  #elapsedMs = 0;
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
    const annexB = avccToAnnexB(body, this.#avc.lengthSize);
    if (hasTooManyNalUnits(annexB)) return null;
    const data = canonicalAccessUnit(annexB, this.#avc);
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
    // `|` takes the difference modulo 2^32, with its sign: across the wrap, too, a tag may come a little late.
    const stepMs = (timestampMs - (this.#newestMs ?? timestampMs)) | 0;
    const restarts = stepMs < -STEP_BACK_MS || stepMs > LEAP_AHEAD_MS;
    if (!restarts && stepMs < 0) return this.#epochUs + (this.#elapsedMs + stepMs) * 1000;
    this.#newestMs = timestampMs;
    if (!restarts) this.#elapsedMs += stepMs;
    return this.#epochUs + this.#elapsedMs * 1000;
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

import { AAC_ENCODER_DELAY_SAMPLES, AAC_FRAME_SAMPLES } from '#kit/media/aac.ts';
import { canonicalAccessUnit, hasBFrames, parameterSetsOf } from '#kit/media/h264.ts';
import { type NutPacket, NutReader, ptsToUs } from '#kit/media/nut.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import { SAMPLE_RATE_HZ } from './arguments.ts';
import type { FrameClock } from './frame-clock.ts';
import { isPicture, type SourceConfig } from './source-config.ts';

const US = 1_000_000;
const FIRST_FRAME_US = 40_000;
const MAX_FRAME_US = 1_000_000;

/** A source's own track, from what its FFmpeg writes as NUT. Times are on the monotonic clock, microseconds. */
export class NutTrack {
  readonly #source: SourceConfig;
  readonly #clock: FrameClock;
  readonly #reader = new NutReader();
  #lastUs: number | null = null;
  #frameUs = FIRST_FRAME_US;

  constructor(source: SourceConfig, clock: FrameClock) {
    this.#source = source;
    this.#clock = clock;
  }

  push(chunk: Buffer): MediaPacket[] {
    return this.#reader.push(chunk).flatMap((packet) => (isPicture(this.#source) ? this.#picture(packet) : [this.#sound(packet)]));
  }

  #picture({ pts, timeBase, stream, key, data: coded }: NutPacket): MediaPacket[] {
    const data = canonicalAccessUnit(coded, key ? parameterSetsOf(stream.extradata) : null);
    // Packets carry one time only: frames in another order than they are shown in can't be told.
    if (data.length === 0 || hasBFrames(data)) return [];
    const captureUs = this.#clock.captureUs(ptsToUs(pts, timeBase));
    const distanceUs = this.#lastUs === null ? 0 : captureUs - this.#lastUs;
    if (distanceUs > 0 && distanceUs < MAX_FRAME_US) this.#frameUs = distanceUs;
    this.#lastUs = captureUs;
    return [{ kind: 'video', codec: 'h264', layer: this.#source.id, captureUs, durationUs: this.#frameUs, keyframe: key, data }];
  }

  #sound({ pts, timeBase, data }: NutPacket): MediaPacket {
    const positionUs = ptsToUs(pts, timeBase) - (AAC_ENCODER_DELAY_SAMPLES * US) / SAMPLE_RATE_HZ;
    return { kind: 'audio', codec: 'aac', captureUs: this.#clock.captureUs(positionUs), durationUs: (AAC_FRAME_SAMPLES * US) / SAMPLE_RATE_HZ, channels: 2, data };
  }
}

import { AAC_FRAME_SAMPLES } from '#kit/media/aac.ts';
import type { AudioPacket } from '#kit/media/packet.ts';
import type { Boundary } from './timeline.ts';

/** One AAC-LC frame without a sound in it, at any sample rate, by the number of channels. */
const FRAMES = { 1: Buffer.from('00c800802380', 'hex'), 2: Buffer.from('210049900219002380', 'hex') } as const;
const FRAME_US = (AAC_FRAME_SAMPLES * 1_000_000) / 48_000;
/** Picture without sound after which none is waited for: sound that is converted begins about a second late. */
const ABSENT_US = 2_000_000;
/** So far behind the picture silence stays: nearer than players do, and sound that comes back may be a little late. */
const BEHIND_US = 200_000;
/** Sound that was further behind than this leaves a hole. */
const MOST_US = 10_000_000;

/**
 * Stands in for sound that stopped, or that another publisher does not have. Without it players would wait for sound and show no picture,
 * and those that were told of a class without sound would not hear it when it is back.
 */
export class Silence {
  #era = -1;
  #pictureUs = 0;
  /** The picture that was the newest when sound last came: how late that sound was is no matter. */
  #heardAtUs = 0;
  #channels: 1 | 2 = 2;
  /** Where sound or silence ends. */
  #endUs = 0;

  /** The publisher's own sound came; answers what fills the time up to it. */
  heard(packet: AudioPacket): AudioPacket[] {
    const missing = this.#absent ? this.#until(packet.captureUs) : [];
    this.#heardAtUs = this.#pictureUs;
    this.#endUs = Math.max(this.#endUs, packet.captureUs + packet.durationUs);
    return missing;
  }

  /** At every picture; `latest` is the newest segment. Answers the silence that is due by now. */
  due(pictureUs: number, latest: Boundary, channels: 1 | 2): AudioPacket[] {
    if (latest.era !== this.#era) this.#begin(latest);
    this.#pictureUs = pictureUs;
    this.#channels = channels;
    return this.#absent ? this.#until(pictureUs - BEHIND_US) : [];
  }

  get #absent(): boolean {
    return this.#pictureUs - this.#heardAtUs >= ABSENT_US;
  }

  #begin({ era, startUs }: Boundary): void {
    this.#era = era;
    this.#heardAtUs = startUs;
    this.#endUs = startUs;
  }

  #until(untilUs: number): AudioPacket[] {
    const packets: AudioPacket[] = [];
    this.#endUs = Math.max(this.#endUs, untilUs - MOST_US);
    for (; this.#endUs + FRAME_US <= untilUs; this.#endUs += FRAME_US) {
      packets.push({ kind: 'audio', codec: 'aac', captureUs: Math.round(this.#endUs), durationUs: FRAME_US, channels: this.#channels, data: FRAMES[this.#channels] });
    }
    return packets;
  }
}

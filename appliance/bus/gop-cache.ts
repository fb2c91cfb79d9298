import type { AudioPacket, MediaPacket, VideoPacket } from '#kit/media/packet.ts';

/** A GOP is half a second; an encoder that stops making keyframes must not fill the memory. */
const VIDEO_MAX = 300;
const AUDIO_MAX = 200;

/**
 * What was encoded since the last keyframe, by layer, and the sound of the same time: what a viewer who comes now needs first.
 * An encoder can't be asked for a keyframe; this is the answer to everyone who wants one.
 */
export class GopCache {
  readonly #video = new Map<string, VideoPacket[]>();
  #audio: AudioPacket[] = [];

  add(packet: MediaPacket): void {
    if (packet.kind === 'video') this.#addVideo(packet);
    else this.#addAudio(packet);
  }

  /** Of one layer, keyframe first; empty before the first keyframe. */
  video(layer: string): readonly VideoPacket[] {
    return this.#video.get(layer) ?? [];
  }

  layers(): readonly string[] {
    return [...this.#video.keys()];
  }

  /** Every layer and all sound, by capture time; a keyframe comes before the sound of its instant. */
  packets(): MediaPacket[] {
    return [...this.#video.values()].flat().map((packet): MediaPacket => packet).concat(this.#audio).sort((a, b) => a.captureUs - b.captureUs);
  }

  clear(): void {
    this.#video.clear();
    this.#audio = [];
  }

  #addVideo(packet: VideoPacket): void {
    const gop = this.#video.get(packet.layer);
    if (packet.keyframe) this.#video.set(packet.layer, [packet]);
    else if (gop !== undefined && gop.length < VIDEO_MAX) gop.push(packet);
  }

  #addAudio(packet: AudioPacket): void {
    this.#audio.push(packet);
    const oldestUs = this.#oldestUs(packet.captureUs);
    const first = this.#audio.findIndex(({ captureUs }) => captureUs >= oldestUs);
    // Seldom: a group of pictures is half a second, and only its beginning moves the limit.
    if (first !== 0 || this.#audio.length > AUDIO_MAX) this.#audio = this.#audio.filter(({ captureUs }) => captureUs >= oldestUs).slice(-AUDIO_MAX);
  }

  /** Sound older than every layer's keyframe is of no use. */
  #oldestUs(otherwiseUs: number): number {
    const firsts = [...this.#video.values()].map((gop) => gop[0]?.captureUs ?? otherwiseUs);
    return firsts.length === 0 ? otherwiseUs : Math.min(...firsts);
  }
}

/** The frames since the last keyframe of one layer, so that a viewer who joins sees a picture at once. */
import type { VideoPacket } from '#kit/media/packet.ts';

/** A publisher that sends no keyframe for longer than this has no cache: a longer burst would be slower than asking for a keyframe. */
const MAX_FRAMES = 250;
const MAX_BYTES = 6 * 1024 * 1024;

export class GopCache {
  #frames: VideoPacket[] = [];
  #bytes = 0;

  push(packet: VideoPacket): void {
    if (packet.keyframe) this.clear();
    else if (this.#frames.length === 0) return;
    if (this.#frames.length >= MAX_FRAMES || this.#bytes + packet.data.length > MAX_BYTES) {
      this.clear();
      return;
    }
    this.#frames.push(packet);
    this.#bytes += packet.data.length;
  }

  /** From the keyframe on; empty until one came. */
  frames(): readonly VideoPacket[] {
    return this.#frames;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** From the keyframe's beginning to the newest frame's end. */
  get ms(): number {
    const [first, last] = [this.#frames[0], this.#frames.at(-1)];
    return first === undefined || last === undefined ? 0 : Math.round((last.captureUs + last.durationUs - first.captureUs) / 1_000);
  }

  clear(): void {
    this.#frames = [];
    this.#bytes = 0;
  }
}

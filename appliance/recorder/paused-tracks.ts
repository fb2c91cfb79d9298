import type { MediaPacket } from '#kit/media/packet.ts';

interface Pause {
  readonly fromUs: number;
  toUs: number;
}

/** What is still on its way when the next pause begins is of the one before at most. */
const KEPT = 2;

/**
 * Keeps what single sources gave during a pause out of the recording: their packets know nothing of the card that the program shows then, and whoever
 * speaks in a pause does not speak to the class. After it pictures go on from a keyframe.
 */
export class PausedTracks {
  #pauses: Pause[] = [];
  readonly #withoutKeyframe = new Set<string>();

  /** `atUs` is the program's time, microseconds since 1970. */
  set(paused: boolean, atUs: number): void {
    const last = this.#pauses.at(-1);
    const isOpen = last !== undefined && last.toUs === Number.POSITIVE_INFINITY;
    if (isOpen && !paused) last.toUs = atUs;
    if (!isOpen && paused) this.#pauses = [...this.#pauses, { fromUs: atUs, toUs: Number.POSITIVE_INFINITY }].slice(-KEPT);
  }

  /** To be asked of every packet of a track, in the order in which they come. */
  admits(track: string, packet: MediaPacket): boolean {
    const { captureUs } = packet;
    const isOfPause = this.#pauses.some(({ fromUs, toUs }) => captureUs >= fromUs && captureUs < toUs);
    if (packet.kind === 'audio') return !isOfPause;
    if (isOfPause) this.#withoutKeyframe.add(track);
    else if (packet.keyframe) this.#withoutKeyframe.delete(track);
    return !this.#withoutKeyframe.has(track);
  }
}

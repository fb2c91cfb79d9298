import type { Cohort, PacketizedFrame } from '#kit/webrtc/types.ts';
import type { Viewer } from './viewer.ts';

/**
 * Viewers who get frames of one kind, and of one layer, as they come and stamped as captured: one call a frame for all of them. Whoever begins, is
 * repaired, is watched or falls behind is outside, and comes in again with a frame that it was sent by itself.
 */
export class Together {
  readonly #cohort: Cohort | null;
  readonly #onLeft: (viewer: Viewer) => void;
  readonly #viewers = new Set<Viewer>();
  /** Capture time of the newest frame, µs. */
  #newestUs = Number.NEGATIVE_INFINITY;

  /** @param cohort null where each is sent to by itself */
  constructor(cohort: Cohort | null, onLeft: (viewer: Viewer) => void) {
    this.#cohort = cohort;
    this.#onLeft = onLeft;
  }

  get newestUs(): number {
    return this.#newestUs;
  }

  get size(): number {
    return this.#viewers.size;
  }

  has(viewer: Viewer): boolean {
    return this.#viewers.has(viewer);
  }

  /**
   * To all who are in then: a keyframe lets some out first. False where it is still to go to each of them by itself: nobody is in then, so that all
   * who come in again have had the same.
   */
  send(frame: PacketizedFrame): boolean {
    if (this.#viewers.size === 0) return true;
    const isSent = frame.captureUs > this.#newestUs && this.#cohort?.send(frame) === true;
    if (isSent) this.#newestUs = frame.captureUs;
    else this.disband();
    return isSent;
  }

  /** For one that was just sent this frame by itself: comes in, if it can. Whether it is in now. */
  admit(viewer: Viewer, { kind, captureUs }: PacketizedFrame): boolean {
    if (this.#cohort === null || viewer.lastUs(kind) !== captureUs || !viewer.peer.join(this.#cohort, () => this.#leave(viewer, kind))) return false;
    this.#newestUs = captureUs;
    this.#viewers.add(viewer);
    return true;
  }

  disband(): void {
    for (const viewer of [...this.#viewers]) if (this.#cohort !== null) viewer.peer.leave(this.#cohort.kind);
  }

  #leave(viewer: Viewer, kind: Cohort['kind']): void {
    this.#viewers.delete(viewer);
    viewer.followed(kind, this.#newestUs);
    this.#onLeft(viewer);
  }
}

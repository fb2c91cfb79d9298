/** What waits longer than this is no live picture any more; the group of pictures that a viewer begins with fits on a narrow way. */
export const LONGEST_WAIT_MS = 1_000;
/** A keyframe is let in again once most of what waited has left. */
const RESUME_WAIT_MS = 300;

/**
 * Bounds what waits for a narrow way, in time: once a frame would leave too late, whole frames are left out, up to the first keyframe
 * for which there is room. They take no sequence number, so nobody asks for them again.
 */
export class FrameAdmission {
  readonly #closed = new Set<string | null>();

  /** Nothing of it is left out just now. */
  isOpen(rid: string | null): boolean {
    return !this.#closed.has(rid);
  }

  /** @param waitMs how long what waits already will take to leave */
  admits(rid: string | null, keyframe: boolean, waitMs: number): boolean {
    if (this.#closed.size === 0 && waitMs <= LONGEST_WAIT_MS) return true;
    const isClosed = this.#closed.has(rid);
    if (isClosed && !(keyframe && waitMs <= RESUME_WAIT_MS)) return false;
    if (waitMs > LONGEST_WAIT_MS) {
      this.#closed.add(rid);
      return false;
    }
    this.#closed.delete(rid);
    return true;
  }
}

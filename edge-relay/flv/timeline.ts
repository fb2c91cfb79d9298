/**
 * FLV's time of one room: milliseconds that follow the capture time, begin at 0 with the first keyframe that anybody watches, and never show a
 * player a hole it would halt at. One for all layers and the sound, so that a viewer may be moved between layers.
 */

/** A pause of all that comes, or a step back of its clock, beyond this is no part of the class: time goes on as if it had not been. */
const MAX_JUMP_US = 3_000_000;
/** What follows such a seam follows by one frame. */
const SEAM_US = 40_000;

export class Timeline {
  #baseUs: number | null = null;
  #newestUs = 0;
  #broken = false;

  /** Capture time of 0 ms, microseconds since 1970; null before the first keyframe. Moves at a seam. */
  get baseUs(): number | null {
    return this.#baseUs;
  }

  /** Another publisher: its clock need not agree with the one before. */
  break(): void {
    this.#broken = true;
  }

  /** Milliseconds; null for what has no place: before the first keyframe, older than it, or between a seam and the next keyframe. */
  at(captureUs: number, keyframe: boolean): number | null {
    if (this.#baseUs === null || this.#isSeam(captureUs)) {
      if (!keyframe) return null;
      this.#baseUs = this.#baseUs === null ? captureUs : captureUs - (this.#newestUs - this.#baseUs) - SEAM_US;
      this.#newestUs = captureUs;
      this.#broken = false;
    }
    return captureUs < this.#baseUs ? null : this.place(captureUs);
  }

  /** Of what is known to belong to the class, however long ago it was: a group of pictures that a viewer begins with. 0 for what is older than 0. */
  place(captureUs: number): number {
    this.#newestUs = Math.max(this.#newestUs, captureUs);
    return Math.max(0, Math.round((captureUs - (this.#baseUs ?? captureUs)) / 1000));
  }

  #isSeam(captureUs: number): boolean {
    return this.#broken || Math.abs(captureUs - this.#newestUs) > MAX_JUMP_US;
  }
}

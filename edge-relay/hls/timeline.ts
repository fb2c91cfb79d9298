/** Where segments of every track of a room begin, so that their media and discontinuity sequence numbers agree. */
export interface Boundary {
  /** Media sequence number. */
  readonly msn: number;
  /** Capture time of the keyframe that began it, µs since 1970. */
  readonly startUs: number;
  /** Discontinuity sequence number. */
  readonly era: number;
  /** Capture time that is zero on the media timeline of this era. */
  readonly originUs: number;
}

/** A segment is closed at the first keyframe from here on: whole GOPs of a second make segments of two. */
const SEGMENT_US = 1_900_000;
/** The first of an era is shorter: players begin only once there is a whole one. */
const FIRST_SEGMENT_US = 900_000;
/** A publisher that sends no keyframe for this long gets cut anyway: memory is bounded, its picture is what it is. */
const LONGEST_SEGMENT_US = 10_000_000;
/** Silence after which the next keyframe begins a new era, and a step back of the capture clock that does. */
const LONGEST_GAP_US = 3_000_000;
const STEP_BACK_US = 1_500_000;
/** Aligned keyframes of two layers may differ by rounding. */
const TOLERANCE_US = 5_000;
const FRAME_US = 40_000;
const KEPT = 64;

/**
 * Decides segment boundaries from the video of all layers. The first layer to reach a due keyframe sets the boundary, the others
 * and the sound join it. Numbering begins at the capture time in seconds, so that it also grows over a restart of the edge.
 */
export class SegmentTimeline {
  #boundaries: Boundary[] = [];
  #lastVideoUs = 0;
  #breakPending = false;

  /** The next keyframe begins a new era: another publisher, or another configuration. */
  breakAtNextKeyframe(): void {
    this.#breakPending = this.#boundaries.length > 0;
  }

  get breaking(): boolean {
    return this.#breakPending;
  }

  get latest(): Boundary | null {
    return this.#boundaries.at(-1) ?? null;
  }

  /** Tells of a video frame; answers the boundary it may begin a segment at, or null for a frame inside one. */
  video(captureUs: number, keyframe: boolean): Boundary | null {
    const gap = captureUs - this.#lastVideoUs;
    if (this.latest !== null && (gap > LONGEST_GAP_US || gap < -STEP_BACK_US)) this.#breakPending = true;
    const due = this.#due(captureUs, keyframe);
    if (due) this.#append(captureUs);
    if (!this.#breakPending) this.#lastVideoUs = captureUs;
    return due || keyframe ? this.at(captureUs) : null;
  }

  /** Whether the newest segment begins with the keyframes of this capture time. */
  beginsAt(captureUs: number): boolean {
    return this.latest !== null && Math.abs(this.latest.startUs - captureUs) <= TOLERANCE_US;
  }

  /** The boundary whose segment this capture time belongs to, or null before the first of the present era. */
  at(captureUs: number): Boundary | null {
    const era = this.latest?.era;
    return this.#boundaries.findLast((boundary) => boundary.era === era && boundary.startUs <= captureUs + TOLERANCE_US) ?? null;
  }

  /** Boundaries between two media sequence numbers, both excluded, oldest first. */
  between(afterMsn: number, beforeMsn: number): readonly Boundary[] {
    return this.#boundaries.filter((boundary) => boundary.msn > afterMsn && boundary.msn < beforeMsn);
  }

  #due(captureUs: number, keyframe: boolean): boolean {
    const { latest } = this;
    if (latest === null || this.#breakPending) return keyframe;
    const age = captureUs - latest.startUs;
    const enough = this.#boundaries.at(-2)?.era === latest.era ? SEGMENT_US : FIRST_SEGMENT_US;
    return age >= LONGEST_SEGMENT_US || (keyframe && age >= enough);
  }

  #append(startUs: number): void {
    const { latest } = this;
    if (latest === null) this.#boundaries.push({ msn: Math.floor(startUs / 1_000_000), startUs, era: 0, originUs: startUs });
    else {
      const era = latest.era + (this.#breakPending ? 1 : 0);
      this.#boundaries.push({ msn: latest.msn + 1, startUs, era, originUs: this.#originFor(startUs, latest) });
    }
    if (this.#boundaries.length > KEPT) this.#boundaries.shift();
    this.#breakPending = false;
  }

  /** Media time never goes back, even where the capture clock of a new publisher does: its era then follows on the last frame. */
  #originFor(startUs: number, latest: Boundary): number {
    return startUs >= this.#lastVideoUs ? latest.originUs : latest.originUs + startUs - this.#lastVideoUs - FRAME_US;
  }
}

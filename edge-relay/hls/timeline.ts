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
/**
 * The target duration that fits what we know: our encoders' groups last a second at most, so a segment ends before 2.9 s, and a browser is asked for a keyframe
 * every two seconds. What is more than the usual two seconds leaves room for a keyframe that is lost.
 */
const LEAST_TARGET_SECONDS = 3;
/** The longest target duration, and how long the first segment waits for a keyframe: memory is bounded, and a player can't begin before it is whole. */
const MOST_TARGET_SECONDS = 10;
/** A segment may last this much longer than the target: rounded to the nearest second it is the target (RFC 8216bis section 4.4.3.1). */
const ROUNDS_DOWN_US = 490_000;
/** By how much groups of pictures may be longer than the longest that was seen before the target was announced. */
const GROUP_SLACK_US = 250_000;
/** The groups of this time tell when the next keyframe is to be expected: while viewers come in, a browser is asked for more of them. */
const LOOKED_BACK_US = 30_000_000;
/** Whoever makes groups longer than ours makes them as long as a browser that is asked every two seconds, and answers half a second later. */
const OUR_GROUP_US = 1_050_000;
const ASKED_GROUP_US = 2_600_000;
/** Pictures that are this late have stopped, and don't only come after their sound. */
export const PICTURE_STOPPED_US = 500_000;
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
  #targetSeconds: number | null = null;
  #independent = true;
  /** Between the last pictures, µs, without a single pause; those of several layers that were taken at once are one. */
  #frameUs = 0;
  #lastGapUs = 0;
  #keyframeUs: number | null = null;
  /** The last groups of pictures: where each ended, and how long it was. */
  #groups: readonly { readonly endUs: number; readonly us: number }[] = [];
  /** Of the segments that are closed, µs. */
  #longestClosedUs = 0;

  /** EXT-X-TARGETDURATION of every playlist of the room; until it is announced, what it would be. */
  get targetSeconds(): number {
    return this.#targetSeconds ?? this.#chooseTarget();
  }

  /**
   * Call with the first playlist at the latest: it then stays, since nothing of a playlist may change but what is added at its end and removed at its
   * beginning (section 6.2.1).
   */
  announceTarget(): number {
    return (this.#targetSeconds ??= this.#chooseTarget());
  }

  get announced(): boolean {
    return this.#targetSeconds !== null;
  }

  /** No segment may be longer. */
  get longestUs(): number {
    return this.targetSeconds * 1_000_000 + ROUNDS_DOWN_US;
  }

  /** Every segment so far begins with a keyframe. */
  get independent(): boolean {
    return this.#independent;
  }

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
    if (gap > TOLERANCE_US) [this.#frameUs, this.#lastGapUs] = [Math.min(gap, this.#lastGapUs), gap];
    if (keyframe) this.#noteGroup(captureUs);
    const due = this.#due(captureUs, keyframe);
    if (due) this.#append(captureUs);
    if (due && !keyframe) this.#independent = false;
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

  /**
   * For a track whose segment of this number can't become longer: where it goes on, without a keyframe, or null where nothing follows yet. Sound goes on
   * by itself where its picture has stopped, for as long as that may be back within the era.
   */
  overdue(msn: number, captureUs: number): Boundary | null {
    const withoutUs = captureUs - this.#lastVideoUs;
    if (this.latest?.msn === msn && !this.#breakPending && withoutUs >= PICTURE_STOPPED_US && withoutUs <= LONGEST_GAP_US) this.#append(captureUs);
    const boundary = this.at(captureUs);
    if (boundary === null || boundary.msn <= msn) return null;
    this.#independent = false;
    return boundary;
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
    if (keyframe) return age >= enough || (age >= FIRST_SEGMENT_US && age + this.#nextGroupUs >= this.longestUs);
    return this.announced ? age + this.#frameUs >= this.longestUs : age >= MOST_TARGET_SECONDS * 1_000_000;
  }

  get #nextGroupUs(): number {
    const longest = Math.max(0, ...this.#groups.map(({ us }) => us));
    return longest > OUR_GROUP_US ? Math.max(longest, ASKED_GROUP_US) : longest;
  }

  #noteGroup(captureUs: number): void {
    const us = captureUs - (this.#keyframeUs ?? captureUs);
    if (this.#breakPending) this.#groups = [];
    else if (us > TOLERANCE_US) this.#groups = [...this.#groups.filter(({ endUs }) => captureUs - endUs < LOOKED_BACK_US), { endUs: captureUs, us }];
    if (us >= 0 || this.#breakPending) this.#keyframeUs = captureUs;
  }

  #chooseTarget(): number {
    const [first, second] = this.#boundaries;
    const soFarUs = first === undefined || second !== undefined ? 0 : this.#lastVideoUs - first.startUs;
    const groupUs = Math.max(0, ...this.#groups.map(({ us }) => us));
    const seen = Math.round((Math.max(groupUs, soFarUs, this.#longestClosedUs) + GROUP_SLACK_US) / 1_000_000);
    return Math.min(MOST_TARGET_SECONDS, Math.max(LEAST_TARGET_SECONDS, seen));
  }

  #append(startUs: number): void {
    const { latest } = this;
    if (latest === null) this.#boundaries.push({ msn: Math.floor(startUs / 1_000_000), startUs, era: 0, originUs: startUs });
    else {
      this.#longestClosedUs = Math.max(this.#longestClosedUs, this.#lastVideoUs - latest.startUs);
      // What ended early says little about the groups to come; a playlist that is asked for announces it anyway.
      if (!this.#breakPending) this.announceTarget();
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

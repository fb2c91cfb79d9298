import { fragment, initSegment, type Mp4Sample, type Mp4Track, timescaleOf } from '#kit/media/fmp4.ts';
import { PART_TARGET_US } from './playlist.ts';
import { type Segment, SegmentWindow } from './segment-window.ts';
import { type Boundary, PICTURE_STOPPED_US, type SegmentTimeline } from './timeline.ts';

export interface TrackSample {
  readonly captureUs: number;
  readonly durationUs: number;
  readonly keyframe: boolean;
  /** As MP4 carries it. */
  readonly data: Buffer;
}

/** A frame is never shown longer than this to cover for lost ones. */
const MAX_STRETCH_US = 1_000_000;
/** How long a missed segment is said to have been where a break follows it: when it ended, only those know who had it. */
const USUAL_SEGMENT_US = 2_000_000;

/** Cuts one track into parts and segments. Every track of a room has id 1: each is a file of its own. */
export class Track {
  readonly id: string;
  readonly window = new SegmentWindow();
  readonly #timeline: SegmentTimeline;
  #mp4: Mp4Track;
  #init: number;
  #origin = 0;
  #part: TrackSample[] = [];
  #sequence = 0;
  /** Where the last written sample ended on the media timeline, in ticks. */
  #nextTicks = 0;

  constructor(id: string, mp4: Mp4Track, timeline: SegmentTimeline) {
    this.id = id;
    this.#mp4 = mp4;
    this.#timeline = timeline;
    this.#init = this.window.addInit(initSegment([mp4]));
  }

  get mp4(): Mp4Track {
    return this.#mp4;
  }

  get targetSeconds(): number {
    return this.#timeline.targetSeconds;
  }

  /** For a playlist that is given out: it stays. */
  announceTarget(): number {
    return this.#timeline.announceTarget();
  }

  /** Another codec configuration, in force from the next segment on. */
  configure(mp4: Mp4Track): void {
    this.#mp4 = mp4;
    this.#init = this.window.addInit(initSegment([mp4]));
  }

  /**
   * Takes one frame, in order; `boundary` is the segment it belongs to where it may begin one. Answers whether a part was finished.
   */
  push(sample: TrackSample, boundary: Boundary | null): boolean {
    const { last } = this.window;
    const next = last === null || (boundary !== null && boundary.msn > last.msn) ? boundary : this.#overdue(sample);
    let published = false;
    if (next !== null) published = this.#cut(sample, next);
    else if (this.#isFull(sample) || this.#isStale(sample)) return false;
    // After lost frames this one may lie far behind the part's end: that part is finished without it.
    if (this.#partEndsBefore(sample)) published = this.#finishPart(null) || published;
    this.#part.push(sample);
    if (sample.captureUs + 2 * sample.durationUs - this.#partStart() > PART_TARGET_US) return this.#finishPart(null) || published;
    return published;
  }

  /** The others have gone on without this track: so does its playlist, with gaps, which send players to another. */
  passOver(next: Boundary): boolean {
    const { last } = this.window;
    if (last === null || next.msn <= last.msn + 1) return false;
    const [missed] = this.#timeline.between(last.msn, next.msn);
    this.#closeSegment(missed?.era === last.era ? missed.startUs : null);
    this.#fillGaps(last.msn, next);
    if (next.era !== last.era) this.#nextTicks = 0;
    return true;
  }

  /** Ends the open segment with what there is: the publisher left, or the room closes. */
  finish(): boolean {
    if (this.window.open === null) return false;
    this.#finishPart(null);
    this.window.end(this.#lasts(this.window.open.durationUs));
    return true;
  }

  /** Another layer's picture cut a segment where this one has no keyframe: it waits for its own, but not for longer than a segment may last. */
  #overdue(sample: TrackSample): Boundary | null {
    const { open } = this.window;
    return open !== null && this.#fills(open, sample.captureUs + sample.durationUs) ? this.#timeline.overdue(open.msn, sample.captureUs) : null;
  }

  /** Before the target is known nothing is given out, and the first segment may still become long. */
  #fills({ startUs }: Segment, untilUs: number): boolean {
    return this.#timeline.announced && untilUs - startUs >= this.#timeline.longestUs;
  }

  /** Whatever the network did to it, no segment is announced as longer than the playlist allows. */
  #lasts(us: number): number {
    return Math.min(us, this.#timeline.longestUs);
  }

  #cut(sample: TrackSample, boundary: Boundary): boolean {
    const { last } = this.window;
    const follows = last !== null && last.era === boundary.era;
    const closed = this.#closeSegment(follows ? sample.captureUs : null);
    if (last !== null) this.#fillGaps(last.msn, boundary);
    this.#origin = boundary.originUs;
    if (!follows) this.#nextTicks = 0;
    this.window.begin(boundary, sample.captureUs, this.#init);
    return closed;
  }

  #closeSegment(nextStartUs: number | null): boolean {
    const { open } = this.window;
    if (open === null) return false;
    this.#finishPart(nextStartUs);
    const untilNext = nextStartUs === null ? 0 : nextStartUs - open.startUs;
    const written = this.window.open?.durationUs ?? 0;
    this.window.end(this.#lasts(untilNext > 0 && untilNext - written < MAX_STRETCH_US ? untilNext : written));
    return true;
  }

  #fillGaps(afterMsn: number, next: Boundary): void {
    const missed = this.#timeline.between(afterMsn, next.msn);
    // Nothing of another configuration was in them.
    const init = this.window.last?.init ?? this.#init;
    missed.forEach((boundary, index) => {
      const { era, startUs } = missed[index + 1] ?? next;
      this.window.addGap(boundary, this.#lasts(era === boundary.era ? startUs - boundary.startUs : USUAL_SEGMENT_US), init);
    });
  }

  /** Nothing is open, or what is open should have been cut: sound whose picture is gone. Sound that only comes sooner than its picture still belongs to it. */
  #isFull(sample: TrackSample): boolean {
    const { open } = this.window;
    return open === null || this.#fills(open, sample.captureUs - PICTURE_STOPPED_US);
  }

  #isStale(sample: TrackSample): boolean {
    const newest = this.#part.at(-1);
    return newest === undefined ? this.#ticks(sample.captureUs) < this.#nextTicks - this.#tolerance() * 4 : sample.captureUs <= newest.captureUs;
  }

  #partStart(): number {
    return this.#part[0]?.captureUs ?? 0;
  }

  #partEndsBefore(sample: TrackSample): boolean {
    return this.#part.length > 0 && sample.captureUs + sample.durationUs - this.#partStart() > PART_TARGET_US;
  }

  /** Writes the gathered frames as a part. `nextUs`, where known, is where the next frame begins. */
  #finishPart(nextUs: number | null): boolean {
    const [first] = this.#part;
    if (first === undefined) return false;
    const samples = this.#durations(nextUs);
    const baseDecodeTime = this.#baseTime(first.captureUs);
    this.#sequence += 1;
    const body = fragment({ sequence: this.#sequence, tracks: [{ trackId: this.#mp4.trackId, baseDecodeTime, samples }] });
    const ticks = samples.reduce((sum, sample) => sum + sample.duration, 0);
    this.#nextTicks = baseDecodeTime + ticks;
    this.window.addPart({ body, durationUs: Math.round((ticks * 1_000_000) / timescaleOf(this.#mp4)), independent: first.keyframe });
    this.#part = [];
    return true;
  }

  /** A frame lasts until the next one begins; the last of a part as long as it says, since nobody waits for the next. */
  #durations(nextUs: number | null): Mp4Sample[] {
    return this.#part.map((sample, index) => {
      const until = this.#part[index + 1]?.captureUs ?? nextUs ?? sample.captureUs + sample.durationUs;
      const us = this.#mp4.kind === 'h264' ? Math.min(until - sample.captureUs, MAX_STRETCH_US) : sample.durationUs;
      return { data: sample.data, duration: Math.max(1, Math.round((us * timescaleOf(this.#mp4)) / 1_000_000)), keyframe: sample.keyframe };
    });
  }

  /** Parts follow each other without a seam where the capture time says so to within the tolerance; a true gap stays one. */
  #baseTime(captureUs: number): number {
    const ticks = Math.max(0, this.#ticks(captureUs));
    return Math.abs(ticks - this.#nextTicks) <= this.#tolerance() ? this.#nextTicks : ticks;
  }

  #ticks(captureUs: number): number {
    return Math.round(((captureUs - this.#origin) * timescaleOf(this.#mp4)) / 1_000_000);
  }

  /** 10 ms in ticks. */
  #tolerance(): number {
    return timescaleOf(this.#mp4) / 100;
  }
}

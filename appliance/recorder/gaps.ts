import type { RecordingMeta } from '#cloud-sync/contract/recording-folder.ts';

export interface RecordingGap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

/** A break longer than this is stated, µs: five frames at 25 a second. */
const STATED_US = 200_000;
/** Between the press and the first keyframe lies most of a group of pictures; a longer break than this is stated, µs. */
const BEGINNING_US = 1_500_000;
/** Time that runs back further than this was set, not measured, µs. */
const SET_BACK_US = 2_000_000;
const ENCODER = 'No picture was encoded: a part of the encoder was restarted.';
const RESTART = 'The recorder was restarted.';
const BEGINNING = 'The recording began late.';
const ERASED = 'Erased by the teacher.';

/** Watches fragments go to disk and states what is missing between them. */
export class GapWatch {
  #gaps: readonly RecordingGap[];
  #endUs: number | null;
  #startUs: number | null = null;
  /** Why the next fragment does not follow the last one. */
  #reason: string;
  #statedUs = STATED_US;
  /** What was left out, and has not shown as a gap yet: fragments that had been waiting may still come before it. */
  #dropped: string | null = null;

  /**
   * `endUs` is where an earlier life of the recording ended, or null. `beganUs` is when the class began, where nothing was recorded before: null
   * where that is not known.
   */
  constructor(endUs: number | null, before: RecordingMeta['gaps'], beganUs: number | null = null) {
    this.#endUs = endUs;
    this.#reason = endUs === null ? ENCODER : RESTART;
    if (endUs === null && beganUs !== null) this.#expectFrom(beganUs);
    this.#gaps = before.map(({ from, to, reason }) => ({ fromMs: Date.parse(from), toMs: Date.parse(to), reason }));
  }

  get all(): readonly RecordingGap[] {
    return this.#gaps;
  }

  dropped(reason: string): void {
    this.#dropped = reason;
  }

  /** What is left ends at `endUs`, null where nothing is; gaps behind that are part of the greater one. */
  erased(endUs: number | null): void {
    const leftUs = endUs ?? this.#startUs;
    this.#endUs = leftUs;
    if (leftUs !== null) this.#gaps = this.#gaps.filter(({ fromMs }) => fromMs < Math.round(leftUs / 1000));
    this.#reason = ERASED;
  }

  /** A fragment is on disk. True when a gap lies before it. */
  next(captureUs: number, durationUs: number): boolean {
    const endUs = this.#endUs;
    this.#startUs ??= captureUs;
    const isGap = this.#stateUpTo(captureUs);
    const isSetBack = endUs !== null && endUs - captureUs > SET_BACK_US;
    this.#statedUs = STATED_US;
    this.#endUs = isSetBack ? captureUs + durationUs : Math.max(endUs ?? 0, captureUs + durationUs);
    this.#reason = ENCODER;
    return isGap;
  }

  /** The class ended: nothing comes any more, and everything up to `endUs` should have. */
  end(endUs: number): void {
    this.#stateUpTo(endUs);
  }

  #expectFrom(beganUs: number): void {
    this.#endUs = beganUs;
    this.#reason = BEGINNING;
    this.#statedUs = BEGINNING_US;
  }

  #stateUpTo(captureUs: number): boolean {
    const endUs = this.#endUs;
    if (endUs === null || captureUs - endUs <= this.#statedUs) return false;
    this.#gaps = [...this.#gaps, { fromMs: Math.round(endUs / 1000), toMs: Math.round(captureUs / 1000), reason: this.#dropped ?? this.#reason }];
    this.#dropped = null;
    return true;
  }

  forMeta(): RecordingMeta['gaps'] {
    return gapsForMeta(this.#gaps);
  }
}

export function gapsForMeta(gaps: readonly RecordingGap[]): RecordingMeta['gaps'] {
  return gaps.map(({ fromMs, toMs, reason }) => ({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), reason }));
}

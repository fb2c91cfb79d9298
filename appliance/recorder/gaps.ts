import type { RecordingMeta } from '#cloud-sync/contract/recording-folder.ts';

export interface RecordingGap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

/** A break longer than this is stated, µs: five frames at 25 a second. */
const STATED_US = 200_000;
/** Time that runs back further than this was set, not measured, µs. */
const SET_BACK_US = 2_000_000;
const ENCODER = 'No picture was encoded: a part of the encoder was restarted.';
const RESTART = 'The recorder was restarted.';
const ERASED = 'Erased by the teacher.';

/** Watches fragments go to disk and states what is missing between them. */
export class GapWatch {
  #gaps: readonly RecordingGap[];
  #endUs: number | null;
  #startUs: number | null = null;
  /** Why the next fragment does not follow the last one. */
  #reason: string;
  /** What was left out, and has not shown as a gap yet: fragments that had been waiting may still come before it. */
  #dropped: string | null = null;

  /** `endUs` is where an earlier life of the recording ended, or null. */
  constructor(endUs: number | null, before: RecordingMeta['gaps']) {
    this.#endUs = endUs;
    this.#reason = endUs === null ? ENCODER : RESTART;
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
    this.#endUs = isSetBack ? captureUs + durationUs : Math.max(endUs ?? 0, captureUs + durationUs);
    this.#reason = ENCODER;
    return isGap;
  }

  /** The class ended: nothing comes any more, and everything up to `endUs` should have. */
  end(endUs: number): void {
    this.#stateUpTo(endUs);
  }

  #stateUpTo(captureUs: number): boolean {
    const endUs = this.#endUs;
    if (endUs === null || captureUs - endUs <= STATED_US) return false;
    this.#gaps = [...this.#gaps, { fromMs: Math.round(endUs / 1000), toMs: Math.round(captureUs / 1000), reason: this.#dropped ?? this.#reason }];
    this.#dropped = null;
    return true;
  }

  forMeta(): RecordingMeta['gaps'] {
    return this.#gaps.map(({ fromMs, toMs, reason }) => ({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), reason }));
  }
}

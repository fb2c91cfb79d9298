interface Mark {
  readonly positionUs: number;
  readonly captureUs: number;
}

/** Some seconds of packets. */
const MARKS_MAX = 256;

/** When what stands at a position of a stream was captured: what goes into an FFmpeg carries a time, what comes out a position only. */
export class PositionClock {
  #marks: Mark[] = [];

  /** Positions only grow. */
  mark(positionUs: number, captureUs: number): void {
    this.#marks.push({ positionUs, captureUs });
    if (this.#marks.length > MARKS_MAX) this.#marks = this.#marks.slice(MARKS_MAX / 2);
  }

  /** From the nearest mark before it; null before anything was marked. */
  captureUs(positionUs: number): number | null {
    const mark = this.#marks.findLast((candidate) => candidate.positionUs <= positionUs) ?? this.#marks[0];
    return mark === undefined ? null : mark.captureUs + positionUs - mark.positionUs;
  }
}

import { FLOOR_DBFS, heldPeak } from './meter-scale.ts';

const SINK_EVERY_MS = 100;

/** The mark of the loudest moment. It sinks by itself: silence, once it is there, never changes, and nothing would tell the mark to move. */
export class PeakHold {
  readonly #show: (dbfs: number) => void;
  #dbfs = FLOOR_DBFS;
  #atMs = 0;

  constructor(show: (dbfs: number) => void) {
    this.#show = show;
  }

  /** The level from now on. Answers the way to end it. */
  hear(dbfs: number): () => void {
    this.#sink(dbfs);
    const timer = setInterval(() => this.#sink(dbfs), SINK_EVERY_MS);
    return () => clearInterval(timer);
  }

  #sink(dbfs: number): void {
    const now = performance.now();
    this.#dbfs = heldPeak(this.#dbfs, dbfs, now - this.#atMs);
    this.#atMs = now;
    this.#show(this.#dbfs);
  }
}

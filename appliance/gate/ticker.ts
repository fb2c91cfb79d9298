/** One thing that happens at a fixed rate: `tick(index)` at `index * periodMs` after the start. */
export interface Beat {
  readonly periodMs: number;
  tick(index: number): void;
}

/** After a stall longer than this (a suspended machine) ticks are left out rather than made up for, ms. */
const CATCH_UP_MS = 1_000;

/**
 * Keeps several beats on one monotonic clock. Late ticks are made up for at once and in order, so every beat's count is the time:
 * that is what makes the program's timestamps run on whatever happens to its sources.
 */
export class Ticker {
  readonly #beats: readonly { readonly beat: Beat; next: number }[];
  readonly #elapsedMs: () => number;
  #lateMs = 0;

  constructor(beats: readonly Beat[], elapsedMs: () => number) {
    this.#beats = beats.map((beat) => ({ beat, next: 0 }));
    this.#elapsedMs = elapsedMs;
  }

  /** The latest that a tick came since this was last asked, ms. */
  takeLateMs(): number {
    const late = this.#lateMs;
    this.#lateMs = 0;
    return late;
  }

  /** Resolves when the signal aborts, rejects with what a tick throws. One plain timer: seventy times a second its cost counts. */
  run(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const step = (): void => {
        try {
          this.runDue();
        } catch (error) {
          return reject(error instanceof Error ? error : new Error(String(error)));
        }
        timer = setTimeout(step, Math.max(0, Math.ceil(this.#nextMs() - this.#elapsedMs())));
      };
      const stop = (): void => {
        clearTimeout(timer);
        resolve();
      };
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', stop, { once: true });
      step();
    });
  }

  #nextMs(): number {
    return Math.min(...this.#beats.map(({ beat, next }) => next * beat.periodMs));
  }

  /** Runs every tick that is due. */
  runDue(): void {
    const nowMs = this.#elapsedMs();
    for (const entry of this.#beats) {
      const { periodMs } = entry.beat;
      const lateMs = nowMs - entry.next * periodMs;
      if (lateMs > CATCH_UP_MS) entry.next = Math.floor(nowMs / periodMs);
      this.#lateMs = Math.max(this.#lateMs, lateMs);
      while (entry.next * periodMs <= nowMs) {
        entry.beat.tick(entry.next);
        entry.next += 1;
      }
    }
  }
}

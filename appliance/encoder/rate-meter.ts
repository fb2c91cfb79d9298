interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

const WINDOW_MS = 2_000;

/** Items and bytes a second over the last two seconds. */
export class RateMeter {
  #samples: Sample[] = [];

  add(bytes: number, atMs: number): void {
    this.#samples.push({ atMs, bytes });
    this.#forget(atMs);
  }

  read(nowMs: number): { perSecond: number; kbps: number } {
    this.#forget(nowMs);
    const bytes = this.#samples.reduce((sum, sample) => sum + sample.bytes, 0);
    return { perSecond: (this.#samples.length * 1000) / WINDOW_MS, kbps: Math.round((bytes * 8) / WINDOW_MS) };
  }

  #forget(nowMs: number): void {
    const first = this.#samples.findIndex(({ atMs }) => atMs > nowMs - WINDOW_MS);
    this.#samples = first === -1 ? [] : first === 0 ? this.#samples : this.#samples.slice(first);
  }
}

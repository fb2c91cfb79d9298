/** Median of the last values: a late one now and then moves a mean, and leaves this where it is. */
export class RunningMedian {
  #window: number[] = [];
  readonly #length: number;
  #count = 0;

  constructor(length: number) {
    this.#length = length;
  }

  add(value: number): void {
    this.#window[this.#count % this.#length] = value;
    this.#count += 1;
  }

  clear(): void {
    this.#window = [];
    this.#count = 0;
  }

  /** Null before the first value. */
  get value(): number | null {
    return this.#window.toSorted((a, b) => a - b)[this.#window.length >> 1] ?? null;
  }
}

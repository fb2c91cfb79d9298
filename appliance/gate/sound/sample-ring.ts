const CAPACITY = 2 ** 17;
const MASK = CAPACITY - 1;
const FULL_SCALE = 32_768;

/** The last 2.7 s of a stereo sound, as floats, by number of sample. */
export class SampleRing {
  readonly left = new Float32Array(CAPACITY);
  readonly right = new Float32Array(CAPACITY);
  readonly mask = MASK;
  #written = 0;

  /** Samples that came so far. */
  get written(): number {
    return this.#written;
  }

  /** @returns the highest sample, 0 to 1 */
  push(interleaved: Int16Array): number {
    let peak = 0;
    for (let at = 0; at + 1 < interleaved.length; at += 2) {
      const slot = this.#written & MASK;
      const left = (interleaved[at] as number) / FULL_SCALE;
      const right = (interleaved[at + 1] as number) / FULL_SCALE;
      this.left[slot] = left;
      this.right[slot] = right;
      peak = Math.max(peak, Math.abs(left), Math.abs(right));
      this.#written += 1;
    }
    return peak;
  }

  clear(): void {
    this.#written = 0;
  }

  /** Whether samples `from` to `to` are all here. */
  holds(from: number, to: number): boolean {
    return from >= Math.max(0, this.#written - CAPACITY) && to < this.#written;
  }
}

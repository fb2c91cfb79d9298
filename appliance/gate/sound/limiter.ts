import type { Stereo } from './resampler.ts';
import { CERTAINLY_LOW, PEAK_DELAY, TruePeak } from './true-peak.ts';

/** -1 dBTP, less what smoothing the gain and rounding to 16 bits may add. */
const CEILING = 10 ** (-1.1 / 20);
/** The gain falls over 1.5 ms before a peak and recovers over a tenth of a second after it. */
const LOOK_AHEAD = 72;
const RECOVERY = 1 - Math.exp(-1 / (0.1 * 48_000));
/** Sound comes out so many samples later. */
export const LIMITER_DELAY = LOOK_AHEAD - 1 + PEAK_DELAY;
/** A gain so near to 1 is 1. */
const ALMOST = 0.9999;

/** Keeps true peaks under -1 dBTP, both channels alike; sound that stays below passes as it came. */
export class Limiter {
  readonly #left = new TruePeak();
  readonly #right = new TruePeak();
  readonly #delayed: { readonly left: Float32Array; readonly right: Float32Array };
  readonly #peaks: Float64Array;
  /** What each of the last samples allows, for the least of them; and that least, for its mean. */
  readonly #allowed = new Float64Array(LOOK_AHEAD).fill(1);
  readonly #least = new Float64Array(LOOK_AHEAD).fill(1);
  #sum = LOOK_AHEAD;
  #slot = 0;
  #recovering = 1;
  /** Samples since a gain below 1 went in: when all are through, nothing has to be done. */
  #calm = 2 * LOOK_AHEAD;
  #highest = 0;

  constructor(blockSamples: number) {
    this.#peaks = new Float64Array(blockSamples);
    this.#delayed = { left: new Float32Array(blockSamples + LIMITER_DELAY), right: new Float32Array(blockSamples + LIMITER_DELAY) };
  }

  /** The highest true peak that went out since it was last asked. */
  takePeak(): number {
    const highest = this.#highest;
    this.#highest = 0;
    return highest;
  }

  /** Replaces `block` by what goes out now. */
  apply(block: Stereo): void {
    const { left, right } = block;
    const samples = left.length;
    const isLow = this.#measure(block);
    this.#delayed.left.set(left, LIMITER_DELAY);
    this.#delayed.right.set(right, LIMITER_DELAY);
    left.set(this.#delayed.left.subarray(0, samples));
    right.set(this.#delayed.right.subarray(0, samples));
    this.#delayed.left.copyWithin(0, samples);
    this.#delayed.right.copyWithin(0, samples);
    if (!isLow || this.#calm < 2 * LOOK_AHEAD) this.#limit(block);
  }

  /** What is held back is not to go out any more. */
  clear(): void {
    this.#delayed.left.fill(0);
    this.#delayed.right.fill(0);
  }

  /** @returns whether nothing in the block can come near the ceiling */
  #measure({ left, right }: Stereo): boolean {
    let peak = 0;
    for (let index = 0; index < left.length; index += 1) {
      const size = Math.max(Math.abs(left[index] as number), Math.abs(right[index] as number));
      this.#peaks[index] = size;
      if (size > peak) peak = size;
    }
    if (peak < CERTAINLY_LOW) {
      this.#left.pass(left);
      this.#right.pass(right);
      this.#highest = Math.max(this.#highest, peak);
      return true;
    }
    this.#left.raise(left, this.#peaks);
    this.#right.raise(right, this.#peaks);
    return false;
  }

  /** The least allowed gain of the look-ahead, averaged over it: it is down in time, and has no corner that could be heard. */
  #limit({ left, right }: Stereo): void {
    for (let index = 0; index < left.length; index += 1) {
      const peak = this.#peaks[index] as number;
      this.#recovering = Math.min(peak > CEILING ? CEILING / peak : 1, this.#recovering + (1 - this.#recovering) * RECOVERY);
      if (this.#recovering > ALMOST) this.#recovering = 1;
      const gain = this.#next(this.#recovering);
      this.#highest = Math.max(this.#highest, Math.min(CEILING, peak));
      if (gain === 1) continue;
      left[index] = (left[index] as number) * gain;
      right[index] = (right[index] as number) * gain;
    }
  }

  #next(allowed: number): number {
    this.#calm = allowed < 1 ? 0 : this.#calm + 1;
    const slot = this.#slot;
    this.#slot = (slot + 1) % LOOK_AHEAD;
    this.#allowed[slot] = allowed;
    let least = allowed;
    if (this.#calm < LOOK_AHEAD) for (const value of this.#allowed) if (value < least) least = value;
    this.#sum += least - (this.#least[slot] as number);
    this.#least[slot] = least;
    return this.#calm < 2 * LOOK_AHEAD ? this.#sum / LOOK_AHEAD : 1;
  }
}

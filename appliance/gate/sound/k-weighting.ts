import type { Stereo } from './resampler.ts';

/** ITU-R BS.1770-4, tables 1 and 2, at 48 kHz: a shelf for the head, then a high pass. */
const SHELF = { b0: 1.53512485958697, b1: -2.69169618940638, b2: 1.19839281085285, a1: -1.69065929318241, a2: 0.73248077421585 } as const;
const HIGH_PASS = { b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621 } as const;
/** Denormal numbers are a hundred times slower: what decays this far is zero. */
const TINY = 1e-20;

/** Both filters of one channel in a row, transposed direct form II. */
class Channel {
  #s1 = 0;
  #s2 = 0;
  #h1 = 0;
  #h2 = 0;

  /** Sum of squares of the weighted samples. */
  energyOf(samples: Float32Array): number {
    let [s1, s2, h1, h2, sum] = [this.#s1, this.#s2, this.#h1, this.#h2, 0];
    for (let index = 0; index < samples.length; index += 1) {
      const x = samples[index] as number;
      const y = SHELF.b0 * x + s1;
      s1 = SHELF.b1 * x - SHELF.a1 * y + s2;
      s2 = SHELF.b2 * x - SHELF.a2 * y;
      const z = HIGH_PASS.b0 * y + h1;
      h1 = HIGH_PASS.b1 * y - HIGH_PASS.a1 * z + h2;
      h2 = HIGH_PASS.b2 * y - HIGH_PASS.a2 * z;
      sum += z * z;
    }
    [this.#s1, this.#s2, this.#h1, this.#h2] = [still(s1), still(s2), still(h1), still(h2)];
    return sum;
  }
}

function still(value: number): number {
  return Math.abs(value) < TINY ? 0 : value;
}

/** What the ear takes for loud: mean square of both channels' weighted samples, added (BS.1770-4, equation 1). */
export class KWeighting {
  readonly #left = new Channel();
  readonly #right = new Channel();

  powerOf({ left, right }: Stereo): number {
    return (this.#left.energyOf(left) + this.#right.energyOf(right)) / left.length;
  }
}

export function lufsOf(power: number): number {
  return power <= 0 ? Number.NEGATIVE_INFINITY : -0.691 + 10 * Math.log10(power);
}

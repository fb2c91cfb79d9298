import { SILENCE_DBFS } from '#kit/media/pcm.ts';
import type { Stereo } from './resampler.ts';

export interface Level {
  readonly rmsDbfs: number;
  readonly peakDbfs: number;
}

/** Gathers sound until it is read: one reading covers everything since the last. */
export class LevelMeter {
  #squares = 0;
  #count = 0;
  #peak = 0;

  add({ left, right }: Stereo): void {
    let [squares, peak] = [0, this.#peak];
    for (let index = 0; index < left.length; index += 1) {
      const a = left[index] as number;
      const b = right[index] as number;
      squares += a * a + b * b;
      peak = Math.max(peak, Math.abs(a), Math.abs(b));
    }
    this.#squares += squares;
    this.#peak = peak;
    this.#count += left.length * 2;
  }

  read(): Level {
    const rms = this.#count === 0 ? 0 : Math.sqrt(this.#squares / this.#count);
    const level = { rmsDbfs: dbfsOf(rms), peakDbfs: dbfsOf(this.#peak) };
    this.#squares = 0;
    this.#count = 0;
    this.#peak = 0;
    return level;
  }
}

/** In tenths; {@link SILENCE_DBFS} at the least. */
export function dbfsOf(amplitude: number): number {
  return amplitude <= 0 ? SILENCE_DBFS : Math.max(SILENCE_DBFS, Math.round(200 * Math.log10(amplitude)) / 10);
}

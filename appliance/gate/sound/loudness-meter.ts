import { KWeighting, lufsOf } from './k-weighting.ts';
import type { Stereo } from './resampler.ts';

/** Blocks of 20 ms: 400 ms and 3 s (EBU Tech 3341, momentary and short-term). */
const MOMENTARY_BLOCKS = 20;
const SHORT_TERM_BLOCKS = 150;
/** As EBU meters read it: less is silence. */
export const SILENCE_LUFS = -70;

/** Loudness over sliding windows, from blocks of 20 ms. */
export class LoudnessMeter {
  readonly #weighting = new KWeighting();
  readonly #powers = new Float64Array(SHORT_TERM_BLOCKS);
  #count = 0;

  add(block: Stereo): void {
    this.#powers[this.#count % SHORT_TERM_BLOCKS] = this.#weighting.powerOf(block);
    this.#count += 1;
  }

  get momentaryLufs(): number {
    return this.#over(MOMENTARY_BLOCKS);
  }

  get shortTermLufs(): number {
    return this.#over(SHORT_TERM_BLOCKS);
  }

  #over(blocks: number): number {
    let sum = 0;
    for (let back = 1; back <= Math.min(blocks, this.#count); back += 1) sum += this.#powers[(this.#count - back) % SHORT_TERM_BLOCKS] as number;
    return Math.max(SILENCE_LUFS, lufsOf(sum / blocks));
  }
}

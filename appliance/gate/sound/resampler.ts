import type { SampleRing } from './sample-ring.ts';

/** One block of stereo sound. */
export interface Stereo {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

const TAPS = 16;
const PHASES = 256;
/** Of the Kaiser window: 80 dB down beyond the pass band. */
const BETA = 8;
/** Of the sampling rate's half; sound above 20 kHz is not missed. */
const CUTOFF = 0.92;

/** Samples needed before and after the position that is read. */
export const REACH = TAPS / 2;

const KERNEL = kernel();

/**
 * Reads `out.left.length` samples from `position` on, `step` apart (about 1): band-limited interpolation, a Kaiser-windowed sinc of 16
 * samples in 256 phases with linear interpolation between them.
 */
export function readStretched(ring: SampleRing, position: number, step: number, out: Stereo): void {
  const { left, right, mask } = ring;
  for (let index = 0; index < out.left.length; index += 1) {
    const at = position + index * step;
    const whole = Math.floor(at);
    const phase = (at - whole) * PHASES;
    const row = Math.floor(phase);
    const part = phase - row;
    const first = whole - REACH + 1;
    let [sumLeft, sumRight] = [0, 0];
    for (let tap = 0; tap < TAPS; tap += 1) {
      const here = KERNEL[row * TAPS + tap] as number;
      const weight = here + ((KERNEL[(row + 1) * TAPS + tap] as number) - here) * part;
      const slot = (first + tap) & mask;
      sumLeft += (left[slot] as number) * weight;
      sumRight += (right[slot] as number) * weight;
    }
    out.left[index] = sumLeft;
    out.right[index] = sumRight;
  }
}

/** A row of taps for each phase, and one more for the phase that is the next sample's first. Each row adds up to 1. */
function kernel(): Float64Array {
  const table = new Float64Array((PHASES + 1) * TAPS);
  for (let row = 0; row <= PHASES; row += 1) {
    let sum = 0;
    for (let tap = 0; tap < TAPS; tap += 1) {
      const x = tap - REACH + 1 - row / PHASES;
      const value = sinc(x * CUTOFF) * bessel(BETA * Math.sqrt(Math.max(0, 1 - (x / REACH) ** 2)));
      table[row * TAPS + tap] = value;
      sum += value;
    }
    for (let tap = 0; tap < TAPS; tap += 1) table[row * TAPS + tap] = (table[row * TAPS + tap] as number) / sum;
  }
  return table;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Modified Bessel function of the first kind, order 0. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; k < 30; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** ITU-R BS.1770-4, annex 2: four phases of an interpolator to 192 kHz. Phases 2 and 3 are 1 and 0 read backwards. */
const PHASE_0 = [
  0.001708984375, 0.010986328125, -0.0196533203125, 0.033203125, -0.0594482421875, 0.1373291015625,
  0.97216796875, -0.102294921875, 0.047607421875, -0.026611328125, 0.014892578125, -0.00830078125,
] as const;
const PHASE_1 = [
  -0.0291748046875, 0.029296875, -0.0517578125, 0.089111328125, -0.16650390625, 0.465087890625,
  0.77978515625, -0.2003173828125, 0.1015625, -0.0582275390625, 0.0330810546875, -0.0189208984375,
] as const;
const TAPS = PHASE_0.length;
const HISTORY = TAPS - 1;
const KERNELS = Float64Array.from([...PHASE_0, ...PHASE_1, ...PHASE_1.toReversed(), ...PHASE_0.toReversed()]);
/** Sound whose samples are all below this cannot reach the ceiling between them: nothing is interpolated. */
export const CERTAINLY_LOW = 0.35;

/** Samples by which a peak is found after it came in: half the interpolator. */
export const PEAK_DELAY = 6;

/** The highest value between the samples, of one channel. */
export class TruePeak {
  #line = new Float64Array(0);

  /** Raises each `peaks[i]` to the largest interpolated size around sample i - {@link PEAK_DELAY} of what came in. */
  raise(samples: Float32Array, peaks: Float64Array): void {
    const line = this.#lineOf(samples);
    for (let index = 0; index < samples.length; index += 1) {
      let highest = peaks[index] as number;
      for (let phase = 0; phase < 4; phase += 1) {
        let sum = 0;
        for (let tap = 0; tap < TAPS; tap += 1) sum += (line[index + HISTORY - tap] as number) * (KERNELS[phase * TAPS + tap] as number);
        highest = Math.max(highest, Math.abs(sum));
      }
      peaks[index] = highest;
    }
    this.#keep(line, samples.length);
  }

  /** Takes sound in without looking at it. */
  pass(samples: Float32Array): void {
    this.#keep(this.#lineOf(samples), samples.length);
  }

  #lineOf(samples: Float32Array): Float64Array {
    if (this.#line.length !== samples.length + HISTORY) this.#line = new Float64Array(samples.length + HISTORY);
    this.#line.set(samples, HISTORY);
    return this.#line;
  }

  #keep(line: Float64Array, count: number): void {
    line.copyWithin(0, count, count + HISTORY);
  }
}

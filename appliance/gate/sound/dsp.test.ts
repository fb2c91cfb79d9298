import { describe, expect, it } from 'vitest';
import { level, type Levelling, UNLEVELLED } from './leveller.ts';
import { Limiter } from './limiter.ts';
import { LoudnessMeter } from './loudness-meter.ts';
import { readStretched, type Stereo } from './resampler.ts';
import { SampleRing } from './sample-ring.ts';
import { TruePeak } from './true-peak.ts';

const RATE = 48_000;
const BLOCK = 960;

function sine(hz: number, dbfs: number, from: number, phase = 0): Float32Array {
  const amplitude = 10 ** (dbfs / 20);
  return Float32Array.from({ length: BLOCK }, (_, index) => amplitude * Math.sin((2 * Math.PI * hz * (from + index)) / RATE + phase));
}

function both(samples: Float32Array): Stereo {
  return { left: samples, right: samples.slice() };
}

function loudnessOf(seconds: number, block: (from: number) => Stereo): LoudnessMeter {
  const meter = new LoudnessMeter();
  for (let from = 0; from < seconds * RATE; from += BLOCK) meter.add(block(from));
  return meter;
}

describe('loudness', () => {
  // EBU Tech 3341, test signals 1 and 2; and one channel alone, which is 3 LU less.
  it.each([[-23, -23], [-33, -33]])('reads a stereo sine of 1 kHz at %i dBFS as %i LUFS', (dbfs, lufs) => {
    const meter = loudnessOf(5, (from) => both(sine(1000, dbfs, from)));
    expect(meter.shortTermLufs).toBeCloseTo(lufs, 1);
    expect(meter.momentaryLufs).toBeCloseTo(lufs, 1);
  });

  it('reads one channel alone 3 LU lower, and a low tone lower still', () => {
    const silent = new Float32Array(BLOCK);
    expect(loudnessOf(4, (from) => ({ left: sine(1000, -23, from), right: silent })).shortTermLufs).toBeCloseTo(-26, 1);
    expect(loudnessOf(4, (from) => both(sine(40, -23, from))).shortTermLufs).toBeLessThan(-27);
  });

  it('reads silence as -70', () => {
    expect(loudnessOf(4, () => both(new Float32Array(BLOCK))).shortTermLufs).toBe(-70);
  });
});

describe('true peak', () => {
  // EBU Tech 3341, test signals 15 and 16: a quarter of the sampling rate, where samples miss the peaks by 3 dB; +0.2 / -0.4 dB.
  it.each([[0, -6], [Math.PI / 4, -6], [Math.PI / 4, 0]])('finds the peak of 12 kHz at phase %f, %i dB', (phase, dbfs) => {
    const detector = new TruePeak();
    const peaks = new Float64Array(BLOCK);
    for (let from = 0; from < 3 * BLOCK; from += BLOCK) detector.raise(sine(12_000, dbfs, from, phase), peaks.fill(0));
    const found = 20 * Math.log10(Math.max(...peaks));
    expect(found).toBeGreaterThan(dbfs - 0.4);
    expect(found).toBeLessThan(dbfs + 0.2);
  });
});

describe('the limiter', () => {
  function truePeakOf(blocks: readonly Float32Array[]): number {
    const detector = new TruePeak();
    let highest = 0;
    for (const block of blocks) {
      const peaks = new Float64Array(BLOCK);
      detector.raise(block, peaks);
      highest = Math.max(highest, ...peaks);
    }
    return 20 * Math.log10(highest);
  }

  it.each([
    ['a tone 12 dB too loud', (from: number) => sine(997, 12, from)],
    ['peaks between the samples', (from: number) => sine(12_000, 2.5, from, Math.PI / 4)],
    ['single clicks', (from: number) => new Float32Array(BLOCK).fill(from % (5 * BLOCK) === 0 ? 2 : 0.1, 400, 401)],
    ['a burst after silence', (from: number) => (from < 10 * BLOCK ? new Float32Array(BLOCK) : sine(440, 8, from))],
  ])('holds %s under -1 dBTP', (_what, block) => {
    const limiter = new Limiter(BLOCK);
    const out: Float32Array[] = [];
    for (let from = 0; from < 40 * BLOCK; from += BLOCK) {
      const stereo = both(block(from));
      limiter.apply(stereo);
      out.push(stereo.left);
    }
    expect(truePeakOf(out)).toBeLessThan(-1);
    expect(20 * Math.log10(limiter.takePeak())).toBeLessThan(-1);
  });

  it('passes what is not too loud as it came, 77 samples later', () => {
    const limiter = new Limiter(BLOCK);
    const first = both(sine(440, -6, 0));
    limiter.apply(first);
    expect(Array.from(first.left.subarray(77, 200))).toEqual(Array.from(sine(440, -6, 0).subarray(0, 123)));
  });
});

describe('the leveller', () => {
  function after(seconds: number, lufsAt: (second: number) => number, from: Levelling = UNLEVELLED): Levelling {
    let levelling = from;
    for (let tick = 0; tick < seconds * 10; tick += 1) levelling = level(levelling, lufsAt(tick / 10), 0.1);
    return levelling;
  }

  it.each([[-20, 4], [-10, -6], [-40, 12], [-2, -12]])('brings speech of %i LUFS by %i dB', (lufs, gainDb) => {
    expect(after(30, () => lufs).gainDb).toBeCloseTo(gainDb, 1);
  });

  it('never pumps up silence, nor the pauses between words', () => {
    expect(after(600, () => -60)).toEqual(UNLEVELLED);
    const spoken = after(20, () => -20);
    expect(after(600, () => -62, spoken)).toEqual(spoken);
    expect(after(20, (second) => (second % 1 < 0.7 ? -20 : -55), spoken).gainDb).toBeCloseTo(4, 1);
  });

  it('comes down fast and goes up slowly', () => {
    const spoken = after(20, () => -16);
    expect(after(1, () => -36, spoken).gainDb).toBeLessThan(2);
    expect(after(2, () => -4, spoken).gainDb).toBeLessThan(-4);
    expect(after(30, () => -36, spoken).gainDb).toBeCloseTo(12, 0);
  });
});

describe('the resampler', () => {
  it.each([[997, 1.0002], [9_000, 0.9998], [15_000, 1.0002]])('plays %i Hz at a speed of %f, 70 dB clean', (hz, step) => {
    const ring = new SampleRing();
    const source = Float32Array.from({ length: 20_000 }, (_, index) => 0.5 * Math.sin((2 * Math.PI * hz * index) / RATE));
    ring.push(Int16Array.from({ length: 40_000 }, (_, index) => Math.round((source[index >> 1] as number) * 32_768)));
    const out = both(new Float32Array(BLOCK));
    let [noise, signal] = [0, 0];
    for (let block = 0; block < 10; block += 1) {
      const position = 100.37 + block * BLOCK * step;
      readStretched(ring, position, step, out);
      for (let index = 0; index < BLOCK; index += 1) {
        const expected = 0.5 * Math.sin((2 * Math.PI * hz * (position + index * step)) / RATE);
        noise += ((out.left[index] as number) - expected) ** 2;
        signal += expected ** 2;
      }
    }
    expect(10 * Math.log10(signal / noise)).toBeGreaterThan(hz > 12_000 ? 50 : 70);
  });
});

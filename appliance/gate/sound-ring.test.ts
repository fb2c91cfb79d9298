import { expect, it } from 'vitest';
import { SoundRing } from './sound-ring.ts';

const BLOCK = 960;

/** Stereo; the left channel counts up, the right down. */
function ramp(from: number, samples: number): Int16Array {
  return Int16Array.from({ length: samples * 2 }, (_, index) => ((from + (index >> 1)) % 30_000) * (index % 2 === 0 ? 1 : -1));
}

function pull(ring: SoundRing): Int16Array {
  const block = new Int16Array(BLOCK * 2);
  ring.pull(block);
  return block;
}

it('is silent until it has its target in hand, then gives samples as they came', () => {
  const ring = new SoundRing(40);
  ring.push(ramp(1, BLOCK));
  expect(pull(ring).every((sample) => sample === 0)).toBe(true);
  ring.push(ramp(1 + BLOCK, BLOCK));
  expect(pull(ring)).toEqual(ramp(1, BLOCK));
  ring.push(ramp(1 + 2 * BLOCK, BLOCK));
  expect(pull(ring)).toEqual(ramp(1 + BLOCK, BLOCK));
});

it('fills up with silence when a device stalls, and waits for its target again', () => {
  const ring = new SoundRing(20);
  ring.push(ramp(1, BLOCK + 10));
  pull(ring);
  const torn = pull(ring);
  expect(torn.subarray(20).every((sample) => sample === 0)).toBe(true);
  ring.push(ramp(1, 100));
  expect(pull(ring).every((sample) => sample === 0)).toBe(true);
});

it('cuts what is far too much', () => {
  const ring = new SoundRing(40);
  ring.push(ramp(0, 48 * 400));
  expect(ring.fillMs).toBe(40);
});

it.each([['fast', 1.001], ['slow', 0.999]])('follows a device that is %s for two minutes without a break', (_what, rate) => {
  const ring = new SoundRing(60);
  ring.push(ramp(1, 48 * 60));
  let owed = 0;
  let silent = 0;
  for (let block = 0; block < 6_000; block += 1) {
    owed += BLOCK * rate;
    const samples = Math.floor(owed);
    owed -= samples;
    ring.push(new Int16Array(samples * 2).fill(1000));
    if (block > 5 && pull(ring).includes(0)) silent += 1;
  }
  expect(silent).toBe(0);
  expect(ring.fillMs).toBeGreaterThan(20);
  expect(ring.fillMs).toBeLessThan(140);
});

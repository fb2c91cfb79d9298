import { expect, test } from 'vitest';
import { findBeeps, isFlash } from './marks.ts';

const RATE = 48_000;

test('finds each beep to the millisecond, in a voice', () => {
  const samples = Float32Array.from({ length: RATE * 2 }, (_, at) => 0.1 * Math.sin(at / 31) * Math.sin(at / 2_000));
  for (const start of [10_000, 70_001]) beep(samples, start, 0.08);
  const found = findBeeps(samples, RATE);
  expect(found).toHaveLength(2);
  expect(Math.abs((found[0] ?? 0) - 10_000)).toBeLessThan(48);
  expect(Math.abs((found[1] ?? 0) - 70_001)).toBeLessThan(48);
});

test('a click, a hum and silence are no beep', () => {
  const samples = new Float32Array(RATE);
  beep(samples, 5_000, 0.01);
  for (let at = 20_000; at < 40_000; at++) samples[at] = 0.3 * Math.sin((2 * Math.PI * 180 * at) / RATE);
  expect(findBeeps(samples, RATE)).toEqual([]);
});

test('knows the flash by its corner', () => {
  const room = { width: 640, height: 360, luma: () => 90 };
  expect(isFlash(room)).toBe(false);
  expect(isFlash({ ...room, luma: (x, y) => (x >= 480 && y >= 270 ? 235 : 90) })).toBe(true);
});

function beep(samples: Float32Array, start: number, seconds: number): void {
  for (let at = 0; at < seconds * RATE; at++) samples[start + at] = 0.35 * Math.sin((2 * Math.PI * 1_000 * at) / RATE);
}

import { expect, it } from 'vitest';
import { sparkPath } from './sparkline.ts';

const MINUTE = 60_000;
const span = { fromMs: 0, toMs: 10 * MINUTE, low: 0, high: 100 };
const size = { width: 100, height: 20 };

it('draws a line, broken where nothing was reported', () => {
  const samples = [0, 1, 2, 8, 9].map((minute) => ({ atMs: minute * MINUTE, value: minute * 10 }));
  expect(sparkPath(samples, span, size)).toBe('M0.0 20.0L10.0 18.0L20.0 16.0M80.0 4.0L90.0 2.0');
});

it('leaves out what is outside, and what is unknown', () => {
  expect(sparkPath([{ atMs: -1, value: 5 }, { atMs: MINUTE, value: null }, { atMs: 2 * MINUTE, value: 500 }], span, size)).toBe('M20.0 0.0');
});

import { expect, it } from 'vitest';
import { slopePerHour } from './slope.ts';

it('is that of the line through noisy samples', () => {
  const samples = Array.from({ length: 101 }, (_, index) => ({ hours: index / 100, megabytes: 200 + index / 10 + (index % 2) }));
  expect(slopePerHour(samples)).toBeCloseTo(10, 1);
});

it('is none for one sample', () => {
  expect(slopePerHour([{ hours: 1, megabytes: 5 }])).toBe(0);
});

import { expect, it } from 'vitest';
import { slopeError, slopePerHour } from './slope.ts';

it('is that of the line through noisy samples', () => {
  const samples = Array.from({ length: 101 }, (_, index) => ({ hours: index / 100, megabytes: 200 + index / 10 + (index % 2) }));
  expect(slopePerHour(samples)).toBeCloseTo(10, 1);
});

it('is none for one sample', () => {
  expect(slopePerHour([{ hours: 1, megabytes: 5 }])).toBe(0);
});

it('is as sure as the samples are even', () => {
  const samples = (scatter: number) => Array.from({ length: 11 }, (_, index) => ({ hours: index / 10, megabytes: index + (index % 2) * scatter }));
  expect(slopeError(samples(0))).toBeCloseTo(0, 6);
  expect(slopeError(samples(2))).toBeGreaterThan(slopeError(samples(1)));
  expect(slopeError(samples(0).slice(0, 2))).toBe(Infinity);
});

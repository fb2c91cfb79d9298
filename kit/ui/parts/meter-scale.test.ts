import { expect, it } from 'vitest';
import { fillOf, heldPeak } from './meter-scale.ts';

it('fills with the level, in decibels', () => {
  expect([-90, -60, -30, -15, 0, 3].map(fillOf)).toEqual([0, 0, 0.5, 0.75, 1, 1]);
});

it('holds the loudest moment and lets it sink', () => {
  expect(heldPeak(-40, -18, 100)).toBe(-18);
  expect(heldPeak(-18, -40, 500)).toBe(-24);
  expect(heldPeak(-59, -90, 1_000)).toBe(-60);
});

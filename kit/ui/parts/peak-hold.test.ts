import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FLOOR_DBFS } from './meter-scale.ts';
import { PeakHold } from './peak-hold.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('sinks to the floor in a silence that stays the same, and no longer than it is heard', () => {
  const shown: number[] = [];
  const peak = new PeakHold((dbfs) => shown.push(dbfs));
  peak.hear(-6)();
  const stop = peak.hear(-90);
  vi.advanceTimersByTime(1_000);
  expect(shown.at(-1)).toBeCloseTo(-18, 0);
  vi.advanceTimersByTime(9_000);
  expect(shown.at(-1)).toBe(FLOOR_DBFS);
  stop();
  expect(vi.getTimerCount()).toBe(0);
});

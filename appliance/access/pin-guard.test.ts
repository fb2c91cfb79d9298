import { describe, expect, it } from 'vitest';
import { NO_TRIES, succeeded, tried, waitMs, type GuardState } from './pin-guard.ts';

const times = (count: number, state: GuardState, address: string): GuardState =>
  Array.from({ length: count }).reduce<GuardState>((guard) => tried(guard, address, 0), state);

describe('PIN tries', () => {
  it.each([
    [4, 0],
    [5, 10_000],
    [6, 20_000],
    [7, 40_000],
    [30, 900_000],
  ])('after %i wrong ones from one address the next waits %i ms', (count, wait) => {
    expect(waitMs(times(count, NO_TRIES, 'a'), 'a', 0)).toBe(wait);
  });

  it('lets other addresses try until the room as a whole was tried too often', () => {
    expect(waitMs(times(6, NO_TRIES, 'a'), 'b', 0)).toBe(0);
    const many = Array.from({ length: 25 }, (_, index) => `10.0.0.${index}`).reduce((guard, address) => tried(guard, address, 0), NO_TRIES);
    expect(waitMs(many, 'never-seen', 0)).toBe(10_000);
  });

  it('forgets after an hour, and at the right PIN', () => {
    const blocked = times(6, NO_TRIES, 'a');
    expect(waitMs(blocked, 'a', 3_600_001)).toBe(0);
    expect(waitMs(succeeded(blocked, 'a'), 'a', 0)).toBe(0);
    expect(succeeded(blocked, 'a').all.failures).toBe(0);
  });

  it('remembers a thousand addresses at most', () => {
    const many = Array.from({ length: 1_200 }, (_, index) => String(index)).reduce((guard, address) => tried(guard, address, 0), NO_TRIES);
    expect(many.byAddress.size).toBe(1_000);
    expect(many.byAddress.has('1199')).toBe(true);
  });
});

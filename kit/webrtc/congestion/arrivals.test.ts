import { expect, it } from 'vitest';
import { Arrivals } from './arrivals.ts';

it('tells of what came within 200 ms, from the first of it on', () => {
  const arrivals = new Arrivals();
  expect(arrivals.take(0)).toBeNull();
  arrivals.push(65_535, 1_000);
  arrivals.push(1, 1_010);
  expect(arrivals.take(1_020)).toEqual({ baseSequence: 65_535, arrivals: [1_000, null, 1_010] });
  expect(arrivals.take(1_030)).toBeNull();
  arrivals.push(2, 1_205);
  expect(arrivals.take(1_206)).toEqual({ baseSequence: 1, arrivals: [1_010, 1_205] });
  arrivals.push(3, 1_300);
  expect(arrivals.take(2_000)).toBeNull();
});

it('keeps so many at most, and reports, while the clock stands still', () => {
  const arrivals = new Arrivals();
  for (let count = 0; count < 300_000; count += 1) arrivals.push(count & 0xffff, 1_000);
  expect(arrivals.take(500)?.arrivals).toHaveLength(2_001);
});

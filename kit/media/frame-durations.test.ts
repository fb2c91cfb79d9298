import { expect, it } from 'vitest';
import { FrameDurations } from './frame-durations.ts';

it.each<[string, readonly number[], readonly number[]]>([
  ['the first frames', [0, 40], [40, 40]],
  ['a steady rate whose clock counts milliseconds', [0, 33, 67, 100], [40, 33, 34, 33]],
  ['frames that were lost', [0, 40, 480, 520, 560], [40, 40, 40, 40, 40]],
  ['a rate that falls', [0, 40, 140, 240, 340], [40, 40, 40, 100, 100]],
  ['a rate that rises', [0, 100, 200, 240], [40, 40, 100, 40]],
  ['a clock that stands, steps back or leaps', [0, 40, 40, 20, 5_000, 5_040], [40, 40, 40, 40, 40, 40]],
])('tells how long frames last: %s', (_what, atMs, lastMs) => {
  const durations = new FrameDurations();
  expect(atMs.map((ms) => durations.of(ms * 1000) / 1000)).toEqual(lastMs);
});

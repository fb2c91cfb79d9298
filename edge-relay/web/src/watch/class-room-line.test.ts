import { expect, it } from 'vitest';
import { Line, retryMs } from './class-room-line.ts';

type Step = readonly ['asked' | 'heard', atMs: number];

it.each([
  ['bounds an attempt to connect', [], 12_000, false],
  ['gives up on who never answers', [], 12_001, true],
  ['is sure of who answered', [['heard', 40], ['asked', 5_000], ['heard', 5_040]], 60_000, false],
  ['waits for an answer', [['heard', 40], ['asked', 5_000]], 17_000, false],
  ['counts from the oldest question', [['heard', 40], ['asked', 5_000], ['asked', 10_000], ['asked', 15_000]], 17_001, true],
  ['takes any word for an answer', [['asked', 5_000], ['heard', 16_000]], 27_000, false],
  ['lets a hidden page ask once a minute', [['heard', 40], ['asked', 60_000], ['heard', 60_040]], 120_000, false],
  ['knows that a page slept, whatever it had asked', [['heard', 40]], 90_041, true],
] as [string, Step[], number, boolean][])('%s', (_, steps, nowMs, lost) => {
  const line = new Line(0);
  for (const [what, atMs] of steps) line[what](atMs);
  expect(line.isLost(nowMs)).toBe(lost);
});

it.each([
  [0, 1_000, 3_000],
  [1, 1_500, 4_500],
  [3, 10_000 / 3, 10_000],
  [5_000, 10_000 / 3, 10_000],
])('comes back at its own time after %d failures', (failures, leastMs, mostMs) => {
  expect(retryMs(failures, () => 0)).toBeCloseTo(leastMs);
  expect(retryMs(failures, () => 1)).toBeCloseTo(mostMs);
});

import { expect, it } from 'vitest';
import { movesNow, SMOOTH_SPEED, smoothed, sourcesOnAir } from './on-air.ts';

const tile = (source: string) => ({ source, x: 0, y: 0, width: 1, height: 1 });
const layouts = [
  { id: 'camera', tiles: [tile('camera')] },
  { id: 'both', tiles: [tile('slides'), tile('camera'), tile('camera')] },
];

it.each([
  [true, 'camera', ['camera']],
  [true, 'both', ['slides', 'camera']],
  [true, 'gone', []],
  [false, 'both', []],
])('live %s, %s: students see %o', (live, layout, seen) => {
  expect(sourcesOnAir({ live, layout, layouts })).toEqual(seen);
});

it.each([
  ['free', true, 'free'],
  ['smooth', true, 'smooth'],
  ['refuse', true, 'refuse'],
  ['refuse', false, 'free'],
  ['smooth', false, 'free'],
] as const)('set to %s, on air %s: %s', (setting, onAir, moves) => {
  expect(movesNow(setting, onAir)).toBe(moves);
});

it('speeds up gently to what eyes bear, and stops at once', () => {
  const wanted = { pan: 1, tilt: -0.1, zoom: 0 };
  let now = { pan: 0, tilt: 0, zoom: 0 };
  const speeds: number[] = [];
  for (let tick = 0; tick < 30; tick += 1) speeds.push((now = smoothed(now, wanted, 40)).pan);
  expect(speeds[0]).toBeCloseTo(0.014, 3);
  expect(speeds).toEqual(speeds.toSorted((a, b) => a - b));
  expect(now).toEqual({ pan: SMOOTH_SPEED, tilt: expect.closeTo(-0.1, 5), zoom: 0 });
  expect(smoothed(now, { pan: 0, tilt: 0, zoom: 0 }, 40)).toEqual({ pan: 0, tilt: 0, zoom: 0 });
});

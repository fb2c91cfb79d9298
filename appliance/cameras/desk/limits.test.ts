import { describe, expect, it } from 'vitest';
import { clampedTo, withinLimits } from './limits.ts';

const limits = { minPanDeg: -30, maxPanDeg: 30, minTiltDeg: -10, maxTiltDeg: 10, maxZoom: 3 };
const speed = { panDegPerS: 60, tiltDegPerS: 40 };
const at = (panDeg: number, tiltDeg = 0, zoom = 1) => ({ panDeg, tiltDeg, zoom });
const drive = (pan: number, tilt = 0, zoom = 0) => ({ pan, tilt, zoom });

describe('a drive towards a limit', () => {
  it.each([
    ['far from it is free', drive(1, 1, 1), at(-29, -9, 1), drive(1, 0.594, 1)],
    ['near it is slower', drive(1), at(21), drive(0.1875)],
    ['at it is none', drive(1, 1, 1), at(30, 10, 3), drive(0)],
    ['past it is none', drive(-1), at(-33), drive(0)],
    ['away from it is free', drive(-1, -1, -1), at(33, 12, 4), drive(-1, -0.6875, -1)],
    ['leaves a slow one alone', drive(0.15), at(21), drive(0.15)],
    ['that would be a crawl is none', drive(1), at(29.8), drive(0)],
  ])('%s', (_what, wanted, where, allowed) => {
    const { pan, tilt, zoom } = withinLimits(wanted, where, limits, speed);
    expect([pan, tilt, zoom].map((part) => part + 0)).toEqual([allowed.pan, allowed.tilt, allowed.zoom].map((part) => expect.closeTo(part, 2)));
  });

  it('stops every head short of it, looked at as seldom as it is', () => {
    for (const [full, brake] of [[20, 60], [60, 180], [100, 300]] as const) {
      let [pan, seen] = [0, 0];
      let velocity = 0;
      for (let step = 0; step < 400; step += 1) {
        // Ten steps a second: a position that is 0.2 s old, a new command each 0.1 s, a motor with a finite acceleration.
        const wanted = withinLimits(drive(1), at(seen), limits, { panDegPerS: full, tiltDegPerS: 1 }).pan * full;
        seen = pan - velocity * 0.2;
        velocity += Math.min(brake * 0.1, Math.max(-brake * 0.1, wanted - velocity));
        pan += velocity * 0.1;
      }
      expect(pan).toBeGreaterThan(28);
      expect(pan).toBeLessThan(30.5);
    }
  });

  it('is as wished where there are none, and careful where the speed is not known', () => {
    expect(withinLimits(drive(1), at(80), null, speed)).toEqual(drive(1));
    expect(withinLimits(drive(1), at(0), limits, null).pan).toBeCloseTo(0.375, 2);
  });
});

it.each([
  [at(0), at(0), false],
  [at(50, -20, 8), at(30, -10, 3), true],
  [at(-30, 10, 3), at(-30, 10, 3), false],
])('ends a move to %o at %o', (to, end, short) => {
  expect(clampedTo(limits, to)).toEqual({ to: end, short });
  expect(clampedTo(null, to)).toEqual({ to, short: false });
});

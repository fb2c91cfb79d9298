import { expect, it } from 'vitest';
import { centring } from './centre.ts';

const at = (zoom = 1, tiltDeg = 0) => ({ panDeg: 0, tiltDeg, zoom });

it.each([
  ['the middle', { x: 0.5, y: 0.5 }, at(), 60, 0, 0],
  ['the right edge, half the field', { x: 1, y: 0.5 }, at(), 60, 30, 0],
  ['the left edge of a wider lens', { x: 0, y: 0.5 }, at(), 70, -35, 0],
  ['half way, a little more than half the angle', { x: 0.75, y: 0.5 }, at(), 60, 16.1, 0],
  ['zoomed in, a small turn', { x: 1, y: 0.5 }, at(4), 60, 8.2, 0],
  ['the top', { x: 0.5, y: 0 }, at(), 60, 0, 18],
  ['the bottom, looking up already', { x: 0.5, y: 1 }, at(1, 10), 60, 0, -18],
  ['beside, looking far down', { x: 1, y: 0.5 }, at(1, -60), 60, 49.1, 11.4],
  ['a lens that nobody measured', { x: 1, y: 0.5 }, at(), null, 30, 0],
])('%s', (_what, point, position, field, panDeg, tiltDeg) => {
  const turn = centring(point, position, field);
  expect([turn.panDeg, turn.tiltDeg]).toEqual([expect.closeTo(panDeg, 0), expect.closeTo(tiltDeg, 0)]);
});

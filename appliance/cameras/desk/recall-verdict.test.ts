import { expect, it } from 'vitest';
import { recallVerdict } from './recall-verdict.ts';

const at = (panDeg: number, tiltDeg = 0, zoom = 1) => ({ panDeg, tiltDeg, zoom });

it.each([
  ['came where it was saved', at(20, 5, 2), at(0), at(20.4, 4.8, 2.1), 'kept'],
  ['was there already', at(20), at(20), at(20), 'kept'],
  ['did not move', at(20), at(-10), at(-10), 'lost'],
  ['went to its zero', at(20), at(-10), at(0.2), 'lost'],
  ['zoomed out only', at(0, 0, 4), at(10), at(0), 'lost'],
  ['went where somebody else had saved it', at(20), at(-10), at(31, 2, 3), 'changed'],
])('a camera that %s', (_what, remembered, before, arrived, verdict) => {
  expect(recallVerdict(remembered, before, arrived)).toBe(verdict);
});

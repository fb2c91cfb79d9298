import { expect, it } from 'vitest';
import { parkDue, type ParkFacts } from './parking.ts';

const MINUTE = 60_000;
const quiet: ParkFacts = { parking: { preset: null, afterMinutes: 10 }, quietSinceMs: 0, triedAtMs: null, parked: false, nowMs: 10 * MINUTE };

it.each([
  ['when it has been quiet for long enough', {}, true],
  ['not a moment sooner', { nowMs: 10 * MINUTE - 1 }, false],
  ['not where nobody asked for it', { parking: null }, false],
  ['not twice', { parked: true }, false],
  ['again a minute after the camera did not take it', { triedAtMs: 10 * MINUTE, nowMs: 11 * MINUTE }, true],
  ['not at once again', { triedAtMs: 10 * MINUTE, nowMs: 10 * MINUTE + 200 }, false],
  ['not soon after a class', { quietSinceMs: 8 * MINUTE }, false],
])('parks %s', (_what, change, due) => {
  expect(parkDue({ ...quiet, ...change })).toBe(due);
});

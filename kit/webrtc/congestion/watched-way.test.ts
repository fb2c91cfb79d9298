import { expect, it } from 'vitest';
import { CountingPlaces } from './counting-places.ts';
import { WatchedWay } from './watched-way.ts';

const FINE = { lossShare: 0, unansweredMs: 20, arrivedBps: 2_500_000 };

/** To a far end that can't tell when each packet came. */
function open() {
  let changes = 0;
  const nowMs = 1_000_000;
  const way = new WatchedWay({ nowMs: () => nowMs, counts: 'never', places: new CountingPlaces(1), onTurned: () => undefined, pace: () => undefined, onChanged: () => (changes += 1) });
  way.onReception({ ...FINE, arrivedBps: null });
  return { way, changes: () => changes };
}

const told = (kbps: number, limited: boolean, queueMs = 0) => ({ bps: kbps * 1000, limited, lossShare: 0, queueMs });

it('knows nothing while all is well, whatever the far end thinks it could take', () => {
  const { way, changes } = open();
  for (const kbps of [300, 330, 20_000]) way.onLimitTold(kbps * 1000);
  way.onReception(FINE);
  expect([way.state, way.control, changes()]).toEqual([null, null, 0]);
});

it('goes by an estimate that sinks, and no longer when reports say that all came', () => {
  const { way } = open();
  for (const kbps of [2_000, 1_980]) way.onLimitTold(kbps * 1000);
  expect(way.state).toBeNull();
  way.onLimitTold(510_000);
  expect(way.state).toEqual(told(510, true));
  way.onReception({ ...FINE, arrivedBps: 490_000 });
  expect(way.state).toEqual(told(490, false));
  way.onLimitTold(700_000);
  expect(way.state).toEqual(told(490, false));
});

it.each([
  ['half a second of it stands in a queue', { ...FINE, unansweredMs: 520, arrivedBps: 600_000 }, 500],
  ['a tenth of it is lost', { ...FINE, lossShare: 0.1, arrivedBps: 600_000 }, 0],
])('goes by what arrived where %s, and repairs little until it is well again', (_what, reception, queueMs) => {
  const { way, changes } = open();
  way.onReception(reception);
  expect([way.state, way.isNarrow, changes()]).toEqual([told(600, true, queueMs), true, 1]);
  way.onReception(FINE);
  expect([way.state, way.isNarrow]).toEqual([told(2_500, false), false]);
});

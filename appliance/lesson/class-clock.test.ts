import { describe, expect, it } from 'vitest';
import { isInDoubt, nextClock, resumedMs, type ClockReading, type ClockState } from './class-clock.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 9, 19, 9);
/** The machine was switched on at START: monotonic time from there. */
const at = (monoMs: number, change: Partial<ClockReading> & { readonly jumpMs?: number } = {}): ClockReading => {
  const { jumpMs = 0, ...rest } = change;
  return { wallMs: START + monoMs + jumpMs, monoMs, classRuns: false, networkOffsetMs: null, ...rest };
};
const follow = (readings: readonly ClockReading[]): ClockState => readings.reduce(nextClock, { offsetMs: START, step: null });

describe('the class’s clock', () => {
  it.each<[string, readonly ClockReading[], number, boolean]>([
    ['follows a clock that is disciplined', [at(1_000, { jumpMs: 400 }), at(2_000, { jumpMs: 1_900 })], 1_900, false],
    ['does not jump in a class', [at(1_000, { jumpMs: HOUR, classRuns: true }), at(9 * HOUR, { jumpMs: HOUR, classRuns: true })], 0, true],
    ['waits with a step that nobody vouches for', [at(1_000, { jumpMs: HOUR }), at(60_000, { jumpMs: HOUR })], 0, true],
    ['believes one that has stood for five minutes', [at(1_000, { jumpMs: HOUR }), at(302_000, { jumpMs: HOUR })], HOUR, false],
    ['forgets one that was taken back', [at(1_000, { jumpMs: HOUR }), at(2_000)], 0, false],
    ['begins to wait anew with another step', [at(1_000, { jumpMs: HOUR }), at(290_000, { jumpMs: -HOUR }), at(310_000, { jumpMs: -HOUR })], 0, true],
    ['takes a step at once that the network vouches for', [at(1_000, { jumpMs: HOUR, networkOffsetMs: START + HOUR + 700 })], HOUR, false],
    ['never takes one that the network denies', [at(1_000, { jumpMs: HOUR, networkOffsetMs: START }), at(9 * HOUR, { jumpMs: HOUR, networkOffsetMs: START })], 0, true],
    ['believes one that has stood, though the network knows neither', [at(1_000, { jumpMs: 3_000, networkOffsetMs: START + 15_000 }), at(302_000, { jumpMs: 3_000, networkOffsetMs: START + 15_000 })], 3_000, false],
    ['takes after the class what was set during it', [at(1_000, { jumpMs: HOUR, classRuns: true }), at(2 * HOUR, { jumpMs: HOUR })], HOUR, false],
  ])('%s', (_what, readings, offset, doubt) => {
    const state = follow(readings);
    expect([state.offsetMs - START, state.step !== null]).toEqual([offset, doubt]);
  });
});

it.each([
  ['when nobody can be asked', null, true],
  ['when the network knows neither time', START + 15_000, true],
  ['not when the network vouches for the time that is followed', START + 700, false],
])('a clock that was set is in doubt %s', (_when, networkOffsetMs, doubt) => {
  const state = follow([at(1_000, { jumpMs: HOUR, networkOffsetMs })]);
  expect([state.offsetMs, isInDoubt(state, networkOffsetMs)]).toEqual([START, doubt]);
});

it.each([
  ['a fresh start has the wall clock', null, 0, 'a', START],
  ['a restart goes on by the machine’s uptime, whatever the clock says', START, HOUR, 'a', START + 10_000],
  ['a reboot has the wall clock', START, 120_000, 'b', START + 120_000],
  ['a reboot with a dead battery is not before the class', START, -20 * 365 * 24 * HOUR, 'b', START],
])('%s', (_what, beatMs, jumpMs, boot, expected) => {
  const heartbeat = beatMs === null ? null : { atMs: beatMs, boot: 'a', uptimeMs: 50_000 };
  expect(resumedMs(heartbeat, { atMs: START + jumpMs, boot, uptimeMs: 60_000 })).toBe(expected);
});

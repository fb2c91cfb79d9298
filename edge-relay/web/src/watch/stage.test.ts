import { expect, it } from 'vitest';
import { ENDED_AFTER_MS, next, type Stage, type StageEvent } from './stage.ts';

const told = (live: boolean, atMs: number, ended = false): StageEvent => ({ type: 'told', live, ended, atMs });
const after = (...events: StageEvent[]): string => events.reduce<Stage>(next, { kind: 'before' }).kind;

it.each([
  ['waits before the class', [told(false, 0), { type: 'waited', atMs: 99_000 }], 'before'],
  ['is live', [told(false, 0), told(true, 5)], 'live'],
  ['waits for a dropped connection', [told(true, 0), told(false, 10), { type: 'waited', atMs: 10 + ENDED_AFTER_MS - 1 }], 'dropped'],
  ['counts from the first silence', [told(true, 0), told(false, 10), told(false, 9_000), { type: 'waited', atMs: 10 + ENDED_AFTER_MS }], 'ended'],
  ['ends at once where the box said so', [told(true, 0), told(false, 10, true)], 'ended'],
  ['ends while it waits, too', [told(true, 0), told(false, 10), told(false, 500, true)], 'ended'],
  ['waits for the next class of a room whose last one is over', [told(false, 0, true)], 'before'],
  ['is live again', [told(true, 0), told(false, 10), told(true, 4_000)], 'live'],
  ['goes on after all', [told(true, 0), told(false, 0), { type: 'waited', atMs: ENDED_AFTER_MS }, told(true, 60_000)], 'live'],
] as [string, StageEvent[], string][])('%s', (_, events, kind) => {
  expect(after(...events)).toBe(kind);
});

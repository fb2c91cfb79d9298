import { expect, it } from 'vitest';
import type { ScheduledClass } from '#appliance/contract/schedule.ts';
import { shownToday } from './today.ts';

const day = (...states: readonly ScheduledClass['state'][]): ScheduledClass[] =>
  states.map((state, at) => ({ id: String(at), title: `Class ${at}`, teacher: '', startsAt: '2026-09-07T10:00:00Z', endsAt: '2026-09-07T11:00:00Z', state }));

it.each([
  [day(), []],
  [day('coming', 'coming'), ['0', '1']],
  [day('done', 'done', 'running', 'coming', 'coming'), ['1', '2', '3']],
  [day('done', 'missed', 'done', 'done'), ['1', '2', '3']],
  [day('done', 'done', 'done', 'coming'), ['1', '2', '3']],
])('shows what is near now', (today, ids) => {
  expect(shownToday(today, 3).map(({ id }) => id)).toEqual(ids);
});

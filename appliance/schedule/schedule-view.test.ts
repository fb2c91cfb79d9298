import { expect, it } from 'vitest';
import type { PlannedClass } from '../lesson/timetable.ts';
import { type ScheduleFacts, scheduleView } from './schedule-view.ts';

const HOUR = 3_600_000;
/** Friday at eight in the morning. */
const NOW = Date.UTC(2026, 10, 20, 8);
const planned = (id: string, fromHours: number): PlannedClass => ({ id, title: id, teacher: '', startsAtMs: NOW + fromHours * HOUR, endsAtMs: NOW + (fromHours + 1) * HOUR });

function facts(changes: Partial<ScheduleFacts>): ScheduleFacts {
  return {
    nowMs: NOW, day: { fromMs: NOW - 8 * HOUR, toMs: NOW + 16 * HOUR }, source: 'console', fetchedAtMs: null, problem: '', timetable: [], stateOf: () => 'missed',
    next: null, startBy: 'touch', ending: null, ...changes,
  };
}

it('tells of the class that nobody held yesterday afternoon, until a day after its end', () => {
  const timetable = [planned('long ago', -26), planned('a day ago', -24.9), planned('thursday at four', -16), planned('friday at six', -2)];
  const { today, missed } = scheduleView(facts({ timetable }));
  expect(today.map(({ id }) => id)).toEqual(['friday at six']);
  expect(missed.map(({ id }) => id)).toEqual(['a day ago', 'thursday at four', 'friday at six']);
});

it('calls nothing missed that was held, is on, or lies ahead of a clock that was set back', () => {
  const timetable = [planned('held', -16), planned('on', -0.5), planned('ahead', 1)];
  const { missed } = scheduleView(facts({ timetable, stateOf: ({ id }) => (id === 'held' ? 'done' : 'missed') }));
  expect(missed).toEqual([]);
});

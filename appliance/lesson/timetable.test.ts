import { expect, it } from 'vitest';
import { IDLE, type Lesson } from './lesson.ts';
import { nextClass, soundWanted, startsNow, type PlannedClass } from './timetable.ts';

const MINUTE = 60_000;
const LEAD = 10 * MINUTE;
const at = (id: string, startsAtMs: number, endsAtMs: number): PlannedClass => ({ id, title: id, teacher: '', startsAtMs, endsAtMs });
const nine = at('nine', 540 * MINUTE, 585 * MINUTE);
const ten = at('ten', 600 * MINUTE, 645 * MINUTE);

it.each([
  ['before the first', 500, null, 'nine'],
  ['while it is on', 550, null, 'nine'],
  ['after it was ended by hand', 550, 'nine', 'ten'],
  ['in the break', 590, null, 'ten'],
  ['after the last', 700, null, undefined],
] as const)('finds the next class %s', (_when, minute, heldId, id) => {
  expect(nextClass([ten, nine], heldId, minute * MINUTE)?.id).toBe(id);
});

it.each([
  [589, false],
  [590, true],
  [644, true],
  [645, false],
])('at minute %i pressing Start means the ten o’clock class: %s', (minute, expected) => {
  expect(startsNow(ten, LEAD, minute * MINUTE)).toBe(expected);
});

it('opens the microphone from lead time to end, while a class runs, and never otherwise', () => {
  const facts = { id: 'a', recordingId: 'b', timetableId: null, room: 'r', title: '', teacher: '', startedAtMs: 0, endsAtMs: null };
  const running = (phase: 'preparing' | 'live' | 'paused' | 'ending'): Lesson => ({ phase, facts });
  expect(soundWanted(IDLE, ten, LEAD, 589 * MINUTE)).toBe(false);
  expect(soundWanted(IDLE, ten, LEAD, 590 * MINUTE)).toBe(true);
  expect(soundWanted(IDLE, null, LEAD, 0)).toBe(false);
  expect(soundWanted(running('live'), null, LEAD, 0)).toBe(true);
  expect(soundWanted(running('paused'), null, LEAD, 0)).toBe(true);
  expect(soundWanted(running('ending'), ten, LEAD, 600 * MINUTE)).toBe(false);
});

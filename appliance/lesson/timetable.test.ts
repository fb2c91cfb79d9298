import { expect, it } from 'vitest';
import { IDLE, type Lesson } from './lesson.ts';
import { classToStart, merged, nextClass, soundWanted, startsNow, withOver, type PlannedClass } from './timetable.ts';

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
  expect(nextClass([ten, nine], ({ id: one }) => one === heldId, minute * MINUTE)?.id).toBe(id);
});

it.each([
  [589, false],
  [590, true],
  [644, true],
  [645, false],
])('at minute %i pressing Start means the ten o’clock class: %s', (minute, expected) => {
  expect(startsNow(ten, LEAD, minute * MINUTE)).toBe(expected);
});

it.each([
  ['early for the first', 535, 'nine'],
  ['late for the first', 560, 'nine'],
  ['in the last minutes of a first that nobody began', 578, 'nine'],
  ['in the break', 590, 'ten'],
  ['too early for anything', 500, undefined],
])('begins the class that is meant: %s', (_when, minute, id) => {
  expect(classToStart([ten, nine], () => false, LEAD, minute * MINUTE)?.id).toBe(id);
});

it('takes who is early for the next for no one who is late for the last', () => {
  const backToBack = at('ten', 585 * MINUTE, 645 * MINUTE);
  expect(classToStart([nine, backToBack], () => false, LEAD, 574 * MINUTE)?.id).toBe('nine');
  expect(classToStart([nine, backToBack], () => false, LEAD, 576 * MINUTE)?.id).toBe('ten');
});

it('joins console and calendar, the console’s where they overlap', () => {
  const moved = at('calendar-nine', 570 * MINUTE, 590 * MINUTE);
  expect(merged([nine], [moved, ten]).map(({ id }) => id)).toEqual(['nine', 'ten']);
  expect(merged([], [ten, moved]).map(({ id }) => id)).toEqual(['calendar-nine', 'ten']);
});

it('has one class of what fills the same time twice', () => {
  const twin = { ...ten, id: 'another-department' };
  expect(merged([], [nine, ten, twin]).map(({ id }) => id)).toEqual(['nine', 'ten']);
  expect(merged([], [ten, { ...ten, id: 'longer', endsAtMs: ten.endsAtMs + MINUTE }])).toHaveLength(2);
});

it.each<[string, PlannedClass[], number, string[]]>([
  ['keeps a class that is over', [ten], 590, ['nine', 'ten']],
  ['keeps one that is over by the clock of whoever tells', [ten], 584.9, ['nine', 'ten']],
  ['forgets one that was taken out before its end', [ten], 560, ['ten']],
  ['takes one as it is told now', [{ ...nine, endsAtMs: 650 * MINUTE }, ten], 590, ['nine', 'ten']],
  ['keeps nothing for longer than a day', [], 585 + 24 * 60, ['ten']],
])('%s', (_what, told, minute, ids) => {
  expect(withOver([nine, ten], told, minute * MINUTE).map(({ id }) => id)).toEqual(ids);
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

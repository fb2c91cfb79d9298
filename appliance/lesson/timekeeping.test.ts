import { describe, expect, it } from 'vitest';
import type { LessonFacts } from './lesson.ts';
import { alsoHeld, endingOf, type LessonPolicy } from './timekeeping.ts';
import type { PlannedClass } from './timetable.ts';

const MINUTE = 60_000;
const planned = (id: string, from: number, to: number): PlannedClass => ({ id, title: id, teacher: '', startsAtMs: from * MINUTE, endsAtMs: to * MINUTE });
const policy: LessonPolicy = { startBy: 'touch', leadMs: 10 * MINUTE, graceMs: 10 * MINUTE, warnMs: 5 * MINUTE, overlap: 'end-first' };
const running = (change: Partial<LessonFacts> = {}): LessonFacts => ({
  id: 'l', recordingId: 'r', timetableId: 'nine', room: 'x', title: '', teacher: '', startedAtMs: 540 * MINUTE, endsAtMs: 590 * MINUTE, ...change,
});
const nine = planned('nine', 540, 590);

describe('a class ends by itself', () => {
  it.each<[string, Partial<LessonFacts>, PlannedClass[], Partial<LessonPolicy>, number, string]>([
    ['after its grace', {}, [nine], {}, 600, 'time-over'],
    ['on the minute without grace', {}, [nine], { graceMs: 0 }, 590, 'time-over'],
    ['where the next begins, back to back', {}, [nine, planned('ten', 590, 640)], {}, 590, 'next-class'],
    ['where the next begins, within the grace', {}, [nine, planned('ten', 595, 640)], {}, 595, 'next-class'],
    ['before the next, after its grace', {}, [nine, planned('ten', 620, 640)], {}, 600, 'time-over'],
    ['where the next begins although both overlap', {}, [nine, planned('ten', 570, 640)], {}, 570, 'next-class'],
    ['at its own end although both overlap', {}, [nine, planned('ten', 570, 640)], { overlap: 'let-run' }, 600, 'time-over'],
    ['when it was extended to, past the next one’s start', { extended: true, endsAtMs: 600 * MINUTE }, [nine, planned('ten', 590, 640)], {}, 600, 'time-over'],
    ['where the next begins, although begun early', { startedAtMs: 531 * MINUTE }, [planned('eight', 480, 532), nine, planned('ten', 590, 640)], {}, 590, 'next-class'],
    ['after four hours where nobody planned it', { timetableId: null, endsAtMs: null }, [planned('ten', 590, 640)], {}, 780, 'time-over'],
    ['where the next begins by itself, though nobody planned it', { timetableId: null, endsAtMs: null }, [planned('ten', 590, 640)], { startBy: 'timetable' }, 590, 'next-class'],
    ['as planned, though it is in no timetable any more', {}, [], {}, 600, 'time-over'],
  ])('%s', (_when, facts, timetable, change, minute, reason) => {
    expect(endingOf(running(facts), timetable, { ...policy, ...change })).toEqual({ atMs: minute * MINUTE, reason });
  });
});

describe('a running class whose entry is moved or made anew', () => {
  const begun = running({ title: 'Optics', timetableId: 'old', startedAtMs: 592 * MINUTE, endsAtMs: 660 * MINUTE, planned: { startsAtMs: 600 * MINUTE, endsAtMs: 660 * MINUTE } });
  const optics = (id: string, from: number, to: number): PlannedClass => ({ ...planned(id, from, to), title: 'Optics' });
  it.each<[string, PlannedClass[], number, string]>([
    ['goes on when it is moved, which gives it another id', [optics('new', 605, 665)], 670, 'time-over'],
    ['goes on when it is moved ahead', [optics('new', 595, 655)], 670, 'time-over'],
    ['goes on when it is moved by most of its length', [optics('new', 645, 705)], 670, 'time-over'],
    ['goes on when the calendar gives it another id', [optics('new', 600, 660)], 670, 'time-over'],
    ['goes on when somebody enters it in the console under another title', [planned('console', 605, 660)], 670, 'time-over'],
    ['goes on when the whole day is moved', [planned('eight', 570, 630), optics('new', 630, 690), planned('ten', 690, 750)], 670, 'time-over'],
    ['goes on when it and the one before it, of the same title, are moved by half an hour', [optics('first', 570, 630), optics('second', 630, 690)], 670, 'time-over'],
    ['goes on when it is moved under its own id', [optics('old', 605, 665)], 670, 'time-over'],
    ['ends where the next begins, moved or not', [optics('new', 605, 665), planned('ten', 665, 725)], 665, 'next-class'],
    ['ends where the next of the same title begins', [optics('new', 595, 655), optics('ten', 655, 715)], 655, 'next-class'],
    ['ends where the second begins when it was cut in two', [optics('a', 600, 630), planned('b', 630, 660)], 630, 'next-class'],
    ['ends where another class was put into its time', [planned('other', 640, 700)], 640, 'next-class'],
    ['ends where the next begins, though its own went to the afternoon', [optics('old', 840, 900), planned('ten', 660, 720)], 660, 'next-class'],
  ])('%s', (_what, timetable, minute, reason) => {
    expect(endingOf(begun, timetable, policy)).toEqual({ atMs: minute * MINUTE, reason });
  });

  it.each<[string, PlannedClass, number, boolean]>([
    ['from its lead time', optics('new', 605, 665), 595, true],
    ['not before that', optics('new', 645, 705), 634, false],
    ['not one that lies behind it', optics('old', 660, 720), 660, false],
    ['not another class', planned('other', 640, 700), 640, false],
  ])('holds that entry as well: %s', (_when, entry, minute, held) => {
    expect(alsoHeld(begun, [entry], 10 * MINUTE, minute * MINUTE)).toBe(held ? entry : null);
  });

  it('is known by its id alone where an older version began it', () => {
    expect(endingOf(running(), [{ ...nine, startsAtMs: 545 * MINUTE }], policy)).toEqual({ atMs: 600 * MINUTE, reason: 'time-over' });
    expect(alsoHeld(running(), [{ ...nine, startsAtMs: 545 * MINUTE }], 10 * MINUTE, 550 * MINUTE)).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import type { LessonFacts } from './lesson.ts';
import { endingOf, type LessonPolicy } from './timekeeping.ts';
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

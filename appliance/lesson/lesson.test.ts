import { describe, expect, it } from 'vitest';
import { IDLE, next, restore, type Lesson, type LessonEvent, type LessonFacts } from './lesson.ts';

const facts: LessonFacts = {
  id: 'lesson-1',
  recordingId: 'recording-1',
  timetableId: 'planned-1',
  room: 'room-301',
  title: 'Optics',
  teacher: 'A. Lang',
  startedAtMs: 1_000_000,
  endsAtMs: 4_600_000,
};
const in_ = (phase: 'preparing' | 'live' | 'paused' | 'ending'): Lesson => ({ phase, facts });
const start: LessonEvent = { type: 'start', facts: { ...facts, id: 'lesson-2' } };

describe('the lesson', () => {
  const table: [from: Lesson, event: LessonEvent, phase: Lesson['phase'], effects: string[]][] = [
    [IDLE, { type: 'start', facts }, 'preparing', ['begin-uplink', 'open-recording']],
    [in_('preparing'), { type: 'recording-settled' }, 'live', []],
    [in_('live'), { type: 'pause' }, 'paused', ['hold-program']],
    [in_('paused'), { type: 'resume' }, 'live', ['hold-program']],
    [in_('preparing'), { type: 'stop' }, 'ending', ['end-uplink', 'close-recording']],
    [in_('live'), { type: 'stop' }, 'ending', ['end-uplink', 'close-recording']],
    [in_('paused'), { type: 'stop' }, 'ending', ['end-uplink', 'close-recording', 'hold-program']],
    [in_('ending'), { type: 'recording-closed' }, 'idle', []],
  ];
  it.each(table)('%o takes %o', (from, event, phase, effects) => {
    const step = next(from, event);
    expect(step.lesson.phase).toBe(phase);
    expect(step.effects.map((effect) => effect.type)).toEqual(effects);
  });

  const ignored: [from: Lesson, event: LessonEvent][] = [
    [in_('preparing'), start],
    [in_('live'), start],
    [in_('paused'), start],
    [in_('ending'), start],
    [IDLE, { type: 'stop' }],
    [in_('ending'), { type: 'stop' }],
    [IDLE, { type: 'pause' }],
    [in_('preparing'), { type: 'pause' }],
    [in_('live'), { type: 'resume' }],
    [in_('live'), { type: 'recording-settled' }],
    [in_('ending'), { type: 'recording-settled' }],
    [in_('live'), { type: 'recording-closed' }],
    [IDLE, { type: 'extend', minutes: 5, atMs: 0 }],
    [in_('ending'), { type: 'extend', minutes: 5, atMs: 0 }],
  ];
  it.each(ignored)('%o ignores %o', (from, event) => {
    expect(next(from, event)).toEqual({ lesson: from, effects: [] });
  });

  it('extends from the planned end, from now once that has passed, and from now where none was planned', () => {
    const endOf = (lesson: Lesson, atMs: number): number | null => {
      const step = next(lesson, { type: 'extend', minutes: 10, atMs });
      return step.lesson.phase === 'idle' ? null : step.lesson.facts.endsAtMs;
    };
    expect(endOf(in_('live'), 2_000_000)).toBe(5_200_000);
    expect(endOf(in_('live'), 5_000_000)).toBe(5_600_000);
    expect(endOf({ phase: 'live', facts: { ...facts, endsAtMs: null } }, 2_000_000)).toBe(2_600_000);
  });
});

describe('after a restart', () => {
  it.each([
    [IDLE, []],
    [in_('preparing'), ['begin-uplink', 'open-recording']],
    [in_('live'), ['begin-uplink', 'open-recording']],
    [in_('paused'), ['hold-program', 'begin-uplink', 'open-recording']],
    [in_('ending'), ['close-recording']],
  ] as [Lesson, string[]][])('%o is taken up again', (lesson, effects) => {
    const step = restore(lesson);
    expect(step.lesson).toEqual(lesson);
    expect(step.effects.map((effect) => effect.type)).toEqual(effects);
  });
});

import { describe, expect, it } from 'vitest';
import { extendedEnd, lessonTime, mayRest } from './lesson-time.ts';

const at = (clock: string) => Date.parse(`2026-09-07T${clock}Z`);
const lesson = {
  phase: 'live' as const,
  id: 'l',
  title: 'Optics',
  teacher: 'Chen',
  startedAt: '2026-09-07T10:00:00Z',
  endsAt: '2026-09-07T10:45:00Z',
};

describe('the time of a class', () => {
  it('counts up and down', () => {
    expect(lessonTime(lesson, at('10:30:00'))).toMatchObject({ elapsedMs: 30 * 60_000, leftMs: 15 * 60_000, overMs: 0 });
  });

  it('says by how much it is over', () => {
    expect(lessonTime(lesson, at('10:47:00'))).toMatchObject({ leftMs: 0, overMs: 120_000 });
  });

  it('has no end where none is planned', () => {
    expect(lessonTime({ ...lesson, endsAt: null }, at('10:30:00'))).toMatchObject({ leftMs: null, overMs: 0 });
  });

  it('never runs backwards when the clocks differ', () => {
    expect(lessonTime(lesson, at('09:59:58')).elapsedMs).toBe(0);
  });

  it('is extended from its end, or from now when that has passed', () => {
    expect(extendedEnd(lessonTime(lesson, at('10:30:00')), 10, at('10:30:00'))).toBe(at('10:55:00'));
    expect(extendedEnd(lessonTime(lesson, at('10:50:00')), 10, at('10:50:00'))).toBe(at('11:00:00'));
  });
});

describe('the screen rests', () => {
  const upcoming = { id: 'n', title: 'Optics', teacher: 'Chen', startsAt: '2026-09-07T10:00:00Z', endsAt: '2026-09-07T10:45:00Z' };
  it.each([
    ['idle', null, '09:00:00', '09:02:00', false],
    ['idle', null, '09:00:00', '09:04:00', true],
    ['live', null, '09:00:00', '09:04:00', false],
    ['idle', upcoming, '09:00:00', '09:40:00', true],
    ['idle', upcoming, '09:00:00', '09:51:00', false],
    ['idle', upcoming, '09:00:00', '10:20:00', false],
    ['idle', upcoming, '09:00:00', '10:50:00', true],
  ] as const)('%s, next %o, touched %s, at %s: %s', (phase, next, touched, now, expected) => {
    expect(mayRest(phase, next, at(touched), at(now))).toBe(expected);
  });
});

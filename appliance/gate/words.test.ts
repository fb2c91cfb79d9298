import { expect, it } from 'vitest';
import { wordsOf } from './words.ts';

const lesson = { title: 'Optics', teacher: 'Li Na' };
/** Half past eleven in the evening of the 19th in UTC. */
const nowMs = Date.UTC(2026, 9, 19, 23, 30);

it.each([
  ['en', 'Asia/Shanghai', '20 October 2026'],
  ['zh-CN', 'Asia/Shanghai', '2026年10月20日'],
  ['en', 'America/New_York', '19 October 2026'],
] as const)('dates a class in %s by the day in %s, whatever zone the machine keeps', (language, timeZone, date) => {
  expect(wordsOf(lesson, language, { nowMs, timeZone })).toEqual({ language, course: 'Optics', teacher: 'Li Na', date });
});

it('leaves the date out where nobody knows what day it is', () => {
  expect(wordsOf(lesson, 'en', null).date).toBe('');
});

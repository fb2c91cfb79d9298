import { expect, it } from 'vitest';
import { type Question, stillAsked } from './question.ts';

const question: Question = { about: 'end', lesson: 'optics' };

it.each([
  ['while its class runs', { phase: 'live', id: 'optics' }, 'end'],
  ['in a pause', { phase: 'paused', id: 'optics' }, 'end'],
  ['when the class ends by itself', { phase: 'ending', id: 'optics' }, null],
  ['when the room is empty', { phase: 'idle', id: null }, null],
  ['when the next class has begun', { phase: 'live', id: 'acoustics' }, null],
] as const)('%s', (_, lesson, about) => {
  expect(stillAsked(question, lesson)).toBe(about);
});

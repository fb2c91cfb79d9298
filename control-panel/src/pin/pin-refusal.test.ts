import { expect, it } from 'vitest';
import { ApiError } from '#kit/ui/client/api-client.ts';
import { en } from '../words/en.ts';
import { pinRefusal } from './pin-refusal.ts';

it.each([
  [new ApiError('wrong_pin', 'x', 401), 'That is not the PIN. Try again.'],
  [new ApiError('too_many_tries', 'x', 429, { retryAfterMs: 29_400 }), 'Too many tries. Try again in 30 s.'],
  [new ApiError('too_many_tries', 'x', 429), 'Too many tries. Try again in 1 min.'],
  [new ApiError('unreachable', 'x', 0), 'That did not work. The box did not answer.'],
  [new ApiError('foreign_origin', 'Only pages of this box.', 403), 'That did not work. Only pages of this box.'],
])('%s', (error, sentence) => {
  expect(pinRefusal(error, en, 'en')).toBe(sentence);
});

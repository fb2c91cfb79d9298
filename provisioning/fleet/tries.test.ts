import { expect, it } from 'vitest';
import { Tries, waitMs } from './tries.ts';

it.each([
  [4, 0, 0],
  [5, 0, 2_000],
  [5, 1_500, 500],
  [7, 0, 8_000],
  [40, 0, 300_000],
])('after %i failures, %i ms later, one waits %i ms', (failures, laterMs, expected) => {
  expect(waitMs({ failures, lastAtMs: 0 }, laterMs)).toBe(expected);
});

it('counts tries that are still being looked at, and forgives after success', () => {
  const tries = new Tries(() => 0);
  for (let count = 0; count < 5; count++) tries.begin('address:a', `email:${count}`);
  expect(() => tries.begin('address:a', 'email:new')).toThrow('Wait 2 s');
  expect(() => tries.begin('address:b')).not.toThrow();
  tries.succeeded('address:a');
  expect(() => tries.begin('address:a')).not.toThrow();
});

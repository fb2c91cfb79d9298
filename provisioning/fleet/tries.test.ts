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

it('lets nobody keep an account out of where it has signed in before by guessing at it from elsewhere', () => {
  let now = 0;
  const tries = new Tries(() => now);
  tries.begin(...tries.keysOf('office', 'ann'));
  tries.signedIn('office', 'ann');
  for (let count = 0; count < 5; count++) tries.begin(...tries.keysOf(`stranger ${count}`, 'ann'));
  expect(() => tries.begin(...tries.keysOf('another stranger', 'ann'))).toThrow('Wait 2 s');
  expect(() => tries.begin(...tries.keysOf('office', 'ann'))).not.toThrow();
  tries.signedIn('office', 'ann');
  // That she came in forgives no stranger, and from the office too one may not guess for ever.
  expect(() => tries.begin(...tries.keysOf('another stranger', 'ann'))).toThrow('Too many tries');
  for (let count = 0; count < 5; count++) tries.begin(...tries.keysOf('office', 'ann'));
  expect(() => tries.begin(...tries.keysOf('office', 'ann'))).toThrow('Too many tries');
  now = 3_000;
  expect(() => tries.begin(...tries.keysOf('office', 'ann'))).not.toThrow();
});

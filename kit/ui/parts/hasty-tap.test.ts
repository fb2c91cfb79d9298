import { expect, it } from 'vitest';
import { isMeant } from './hasty-tap.ts';

it('does not take the second of two taps for a refusal', () => {
  expect([150, 499, 900].map(isMeant)).toEqual([false, false, true]);
});

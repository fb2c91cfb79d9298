import { expect, it, vi } from 'vitest';
import { oneTap } from './one-tap.ts';

it('takes a double tap for one, and each press of a key as it is', () => {
  const act = vi.fn();
  const tap = oneTap(act);
  for (const detail of [1, 2, 3]) tap({ detail });
  expect(act).toHaveBeenCalledTimes(1);
  for (const detail of [0, 0]) tap({ detail });
  expect(act).toHaveBeenCalledTimes(3);
});

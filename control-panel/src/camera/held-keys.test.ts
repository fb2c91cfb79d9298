import { expect, it } from 'vitest';
import { HeldKeys } from './held-keys.ts';

it('lets go of a key that means something else when it comes up', () => {
  const keys = new HeldKeys();
  keys.down({ code: 'Equal', key: '+' });
  keys.down({ code: 'ArrowUp', key: 'ArrowUp' });
  expect(keys.names).toEqual(['+', 'ArrowUp']);
  expect([keys.up({ code: 'Equal' }), keys.up({ code: 'KeyX' })]).toEqual([true, false]);
  expect(keys.names).toEqual(['ArrowUp']);
});

import { expect, it } from 'vitest';
import { RevokedKeys } from './revoked-keys.ts';

it('refuses a publisher until its keys are over by themselves, and says what is news', () => {
  const keys = new RevokedKeys();
  expect([keys.revoke('box', 1_000), keys.revoke('box', 1_000), keys.revoke('box', 2_000)]).toEqual([true, false, true]);
  expect(() => keys.demandGood('box', 1_999)).toThrow('revoked');
  keys.sweep(1_999);
  expect(() => keys.demandGood('box', 1_999)).toThrow('revoked');
  expect(() => keys.demandGood('box', 2_000)).not.toThrow();
  expect(() => keys.demandGood('other', 0)).not.toThrow();
});

import { expect, it } from 'vitest';
import { syncOf } from './sync.ts';

it('compares when beeps are heard with when they would be if sound took as long as the picture', () => {
  const epoch = 1_800_000_000_000;
  const late = [230, 240, 250];
  expect(syncOf(late, [epoch + 5_250, epoch + 10_252, epoch + 15_251])).toBe(11);
  expect(syncOf(late, [epoch + 5_225])).toBe(-15);
});

it('needs both', () => {
  expect(() => syncOf([], [1])).toThrow('no readable frame');
});

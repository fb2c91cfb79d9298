import { expect, test } from 'vitest';
import { fuzz } from '#kit/testing/fuzz.ts';
import { targets } from './targets.ts';

const SEED = 20_261_121;
const COUNT = 20_000;

test.each(targets.map((target) => [target.name, target] as const))('%s answers hostile input or refuses it with a code', async (_name, target) => {
  const count = target.shortCount ?? COUNT;
  // Little of what is bent only slightly is refused: none taken means that the seed itself was never valid.
  expect((await fuzz(target, { count, seed: SEED })).taken).toBeGreaterThan(0);
});

test('names are told apart', () => {
  expect(new Set(targets.map(({ name }) => name)).size).toBe(targets.length);
});

import { expect, test } from 'vitest';
import { boxFaults } from '../campaigns/box.ts';

test('thirty faults in one class: the recording is whole but for its stated gaps, and the light never lies', { timeout: 600_000 }, async () => {
  const seed = Date.now() % 1_000_000;
  const said: string[] = [];
  const failures = await boxFaults({ count: 30, seed, say: (words) => said.push(words) });
  expect(failures, `seed ${seed}\n${said.join('\n')}`).toEqual([]);
});

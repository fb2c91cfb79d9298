import { pino } from 'pino';
import { expect, it } from 'vitest';
import { reloadAll } from './reloads.ts';

it('reads all again, whatever becomes of one', async () => {
  const all = [
    { name: 'first', reload: () => true },
    { name: 'torn', reload: () => { throw new Error('half a file'); } },
    { name: 'last', reload: () => false },
    { name: 'elsewhere', reload: () => Promise.reject(new Error('nobody there')) },
  ];
  expect((await reloadAll(all, pino({ level: 'silent' }))).files).toEqual([
    { name: 'first', outcome: 'changed', reason: null },
    { name: 'torn', outcome: 'failed', reason: 'half a file' },
    { name: 'last', outcome: 'unchanged', reason: null },
    { name: 'elsewhere', outcome: 'failed', reason: 'nobody there' },
  ]);
});

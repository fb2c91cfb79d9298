import { expect, it } from 'vitest';
import { delayOf, type Link, type LinkEvent, next } from './link.ts';

const problem = { code: 'no_picture', message: 'No picture.' };
const after = (...events: LinkEvent[]) => events.reduce<Link>(next, { phase: 'idle' });

it('plays once connected', () => {
  expect(after({ type: 'started' }, { type: 'connected' })).toEqual({ phase: 'playing', attempt: 0 });
});

it('waits longer after each loss in a row, and anew once it has played for a while', () => {
  const lost: LinkEvent = { type: 'lost', problem };
  expect(after({ type: 'started' }, lost)).toEqual({ phase: 'waiting', attempt: 0, delayMs: 250, problem });
  expect(after({ type: 'started' }, lost, { type: 'started' }, lost)).toMatchObject({ attempt: 1, delayMs: 500 });
  const replayed = after({ type: 'started' }, lost, { type: 'started' }, { type: 'connected' }, { type: 'proven' }, lost);
  expect(replayed).toMatchObject({ attempt: 0, delayMs: 250 });
  expect(delayOf(40)).toBe(5_000);
});

it('ignores what comes too late', () => {
  expect(after({ type: 'lost', problem })).toEqual({ phase: 'idle' });
  expect(after({ type: 'started' }, { type: 'stopped' }, { type: 'connected' })).toEqual({ phase: 'idle' });
});

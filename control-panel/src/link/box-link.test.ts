import { expect, it } from 'vitest';
import { begun, type BoxLink, type BoxLinkEvent, next, retryDelayMs, wordsNeeded } from './box-link.ts';

const after = (...events: BoxLinkEvent[]) => events.reduce<BoxLink>(next, begun(0));

it('says nothing of a blink, and says lost after it', () => {
  const link = after({ type: 'welcomed' }, { type: 'dropped', atMs: 1_000 }, { type: 'dropped', atMs: 1_400 });
  expect(wordsNeeded(link, 2_000)).toBe('none');
  expect(wordsNeeded(link, 2_600)).toBe('lost');
  expect(wordsNeeded(next(link, { type: 'welcomed' }), 9_000)).toBe('none');
});

it('says that it is joining at first, and after ten seconds what to expect', () => {
  const link = after({ type: 'dropped', atMs: 300 });
  expect([wordsNeeded(link, 500), wordsNeeded(link, 11_000)]).toEqual(['joining', 'joining-long']);
});

it('says lost, and not joining, once something is shown that grows old', () => {
  const link = after({ type: 'heard', atMs: 4_000 }, { type: 'dropped', atMs: 4_100 }, { type: 'heard', atMs: 5_000 });
  expect([wordsNeeded(link, 5_400), wordsNeeded(link, 5_600)]).toEqual(['none', 'lost']);
});

it('tries less and less often, up to every three seconds', () => {
  const delays = [0, 1, 2, 3, 4, 9].map((times) => retryDelayMs(after(...Array.from({ length: times }, () => ({ type: 'dropped', atMs: 0 }) as const))));
  expect(delays).toEqual([200, 400, 800, 1_600, 3_000, 3_000]);
});

it('stays refused until a new beginning', () => {
  expect(after({ type: 'refused' }, { type: 'dropped', atMs: 5 })).toEqual({ phase: 'refused' });
  expect(after({ type: 'refused' }, { type: 'began', atMs: 7 })).toEqual(begun(7));
});

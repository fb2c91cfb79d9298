import { expect, it } from 'vitest';
import { MediaWatch } from './media-watch.ts';

const NOW_MS = 1_800_000_000_000;
const at = (ms: number): number => (NOW_MS + ms) * 1000;

function watched(times: readonly number[]): MediaWatch {
  const watch = new MediaWatch({ now: () => NOW_MS });
  watch.sits();
  for (const ms of times) watch.picture(at(ms), 40_000);
  return watch;
}

it('finds nothing wrong with pictures one after the other', () => {
  const watch = watched([-120, -80, -40, 0]);
  expect([watch.faults(), watch.pictures, watch.newestMs, watch.losses().lostMs]).toEqual([[], 4, NOW_MS, 0]);
});

it('counts the longest piece that never came, also over a new connection', () => {
  const watch = watched([-5_000, -4_960, -4_000]);
  watch.sits();
  watch.picture(at(-1_000), 40_000);
  expect(watch.losses().lostMs).toBe(2_960);
  expect(watch.losses().lostMs).toBe(0);
});

it('lets a new connection begin with what was seen already', () => {
  const watch = watched([-1_000, -960]);
  watch.sits();
  watch.picture(at(-1_000), 40_000);
  expect([watch.faults(), watch.losses().lostMs]).toEqual([[], 0]);
});

it.each([
  ['goes back', [-40, -80], 'before the one before'],
  ['comes twice', [-40, -40], 'before the one before'],
  ['is from the future', [5_000], 'in the future'],
  ['is old', [-100_000], 'old'],
])('says that a picture %s', (_, times, words) => {
  expect(watched(times).faults().join()).toContain(words);
});

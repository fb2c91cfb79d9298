import { expect, it } from 'vitest';
import { FeedWatch } from './feed-watch.ts';

it('lets a screen rest for as long as it likes', () => {
  const watch = new FeedWatch();
  watch.wrote(0);
  watch.cameBack(30);
  expect([watch.isHung(31), watch.isHung(3_600_000)]).toEqual([false, false]);
});

it('misses what was written 3 s ago, however much was written and came back before', () => {
  const watch = new FeedWatch();
  for (let ms = 0; ms < 10_000; ms += 40) {
    watch.wrote(ms);
    watch.cameBack(ms + 10);
  }
  for (let ms = 10_000; ms <= 13_000; ms += 40) {
    watch.wrote(ms);
    watch.cameBack(9_970);
  }
  expect([watch.isHung(13_000), watch.isHung(13_001)]).toEqual([false, true]);
  watch.cameBack(13_002);
  expect(watch.isHung(20_000)).toBe(false);
});

it('gives one that begins 8 s; what an earlier one gave is no answer', () => {
  const watch = new FeedWatch();
  watch.wrote(10_000);
  watch.cameBack(9_900);
  expect([watch.isHung(18_000), watch.isHung(18_001)]).toEqual([false, true]);
});

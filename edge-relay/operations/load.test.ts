import { describe, expect, it } from 'vitest';
import type { Figures, Level } from '../contract/operations.ts';
import { calm, DEFAULT_LIMITS, type Load, nextLoad } from './load.ts';

const quiet: Figures = { loopDelayMs: 1, loopShare: 0.2, cpuShare: 0.2, pumpWaitMs: 0, peersShare: 0.1, memoryShare: 0.1 };
const busy: Load = { ...calm, level: 'busy' };
const full: Load = { ...calm, level: 'full' };

/** The level after so many looks, a second apart. */
function after(begin: Load, looks: readonly Partial<Figures>[]): Load {
  return looks.reduce((load, figures, second) => nextLoad(load, { ...quiet, ...figures }, DEFAULT_LIMITS, second * 1_000), begin);
}
const times = (count: number, figures: Partial<Figures>): Partial<Figures>[] => Array.from({ length: count }, () => figures);

describe('the level', () => {
  it.each<[string, Load, Partial<Figures>[], Level]>([
    ['stays while nothing happens', calm, times(60, {}), 'normal'],
    ['is not moved by a hiccup', calm, [...times(5, { loopDelayMs: 400 }), {}, ...times(5, { loopDelayMs: 400 })], 'normal'],
    ['rises when it lasts', calm, times(6, { loopDelayMs: 90 }), 'busy'],
    ['rises by one figure or by several in turn', calm, [...times(3, { cpuShare: 0.9 }), ...times(3, { pumpWaitMs: 130 })], 'busy'],
    ['goes a step at a time', calm, times(7, { loopShare: 0.99 }), 'busy'],
    ['gets full when it goes on', calm, times(12, { loopShare: 0.99 }), 'full'],
    ['is never full for want of WebRTC places: LL-HLS needs none', calm, times(60, { peersShare: 1 }), 'busy'],
    ['stays where it only just eased', busy, times(60, { loopShare: 0.8 }), 'busy'],
    ['stays until the ease has lasted', busy, times(30, {}), 'busy'],
    ['eases', busy, times(31, {}), 'normal'],
    ['begins to count anew after a relapse', busy, [...times(20, {}), { memoryShare: 0.65 }, ...times(30, {})], 'busy'],
    ['eases a step at a time', full, times(31, {}), 'busy'],
    ['eases from full to busy where it is still busy', full, times(90, { cpuShare: 0.82 }), 'busy'],
    ['goes all the way down', full, times(63, {}), 'normal'],
  ])('%s', (_, begin, looks, level) => {
    expect(after(begin, looks).level).toBe(level);
  });

  it('says which figures hold it', () => {
    expect(after(calm, times(6, { loopDelayMs: 90, memoryShare: 0.62 })).because).toEqual(['loopDelayMs', 'memoryShare']);
    expect(after(calm, times(3, { loopDelayMs: 90 })).because).toEqual([]);
  });
});

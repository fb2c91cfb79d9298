import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StallWatch } from './stall-watch.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Seconds until a capture is given up on, of which `happens` tells what is known of it at each quarter of a second. */
function givenUpAfter(happens: (watch: StallWatch, second: number) => void): number {
  const watch = new StallWatch();
  const stop = new AbortController();
  const end = watch.begin(stop);
  let second = 0;
  for (; !stop.signal.aborted && second < 60; second += 0.25) {
    happens(watch, second);
    vi.advanceTimersByTime(250);
  }
  end();
  return second;
}

it.each<[string, (watch: StallWatch, second: number) => void, number]>([
  ['gives a device eight seconds for its first frame', () => undefined, 8.25],
  ['and two for any other', (watch, second) => second > 0 && watch.reported(second < 5 ? 0 : (second - 4.75) * 1_000), 7],
  ['waits for one that is away, and gives it as long when it is back', (watch, second) => second < 30 && watch.away(), 38],
  ['does not take what was left of another life for a frame', (watch, second) => watch.reported(second * 1_000 + 5_000), 8.25],
])('%s', (_what, happens, seconds) => {
  expect(givenUpAfter(happens)).toBe(seconds);
});

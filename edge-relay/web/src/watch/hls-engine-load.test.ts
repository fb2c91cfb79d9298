import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { persistently } from './hls-engine-load.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const failing = () => vi.fn<() => Promise<string>>(() => Promise.reject(new TypeError('Failed to fetch')));

it('loads what failed again, after pauses that grow to five seconds', async () => {
  const load = failing();
  const loaded = persistently(load, new AbortController().signal);
  for (const [seconds, calls] of [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6], [5, 7]] as const) {
    await vi.advanceTimersByTimeAsync(seconds * 1_000);
    expect(load).toHaveBeenCalledTimes(calls);
  }
  load.mockResolvedValueOnce('library');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await loaded).toBe('library');
});

it('gives up at once where nobody needs it any more', async () => {
  const stop = new AbortController();
  const load = failing();
  const loaded = persistently(load, stop.signal);
  await vi.advanceTimersByTimeAsync(500);
  stop.abort();
  expect(await loaded).toBeNull();
  expect(load).toHaveBeenCalledTimes(1);
  expect(await persistently(load, stop.signal)).toBeNull();
});

it('hands over nothing that was loaded too late', async () => {
  const stop = new AbortController();
  const loaded = persistently(() => Promise.resolve(stop.abort()).then(() => 'library'), stop.signal);
  expect(await loaded).toBeNull();
});

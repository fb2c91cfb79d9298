import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { backoffMs, supervise } from './supervisor.ts';

const log = pino({ level: 'silent' });

describe('backoffMs', () => {
  it.each([
    [1, 0, 125],
    [1, 1, 250],
    [2, 1, 500],
    [6, 1, 5000],
    [600, 1, 5000],
  ])('failure %i with chance %d waits %i ms', (failures, chance, expected) => {
    expect(backoffMs(failures, 250, 5000, () => chance)).toBe(expected);
  });
});

describe('supervise', () => {
  it('restarts a task that fails and one that returns, and resolves on abort', async () => {
    const stop = new AbortController();
    const runs: number[] = [];
    const run = async (): Promise<void> => {
      runs.push(runs.length);
      if (runs.length === 1) throw new Error('broken');
      if (runs.length === 3) stop.abort();
    };
    await supervise('task', run, { signal: stop.signal, log, minDelayMs: 1, maxDelayMs: 2 });
    expect(runs).toEqual([0, 1, 2]);
  });

  it('leaves a pending backoff at once when aborted', async () => {
    const stop = new AbortController();
    const done = supervise('task', () => Promise.reject(new Error('no')), {
      signal: stop.signal,
      log,
      minDelayMs: 60_000,
      maxDelayMs: 60_000,
      onState: (state) => state.kind === 'waiting' && queueMicrotask(() => stop.abort()),
    });
    await expect(done).resolves.toBeUndefined();
  });
});

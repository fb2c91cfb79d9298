import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CodedError } from '#kit/process/errors.ts';
import { untilThere } from './until-there.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());
vi.mock(import('#kit/process/supervisor.ts'), async (original) => ({
  ...(await original()),
  sleep: async (ms) => void vi.advanceTimersByTime(ms),
}));

/** A device that is away until `backMs`: whoever asks gives up after `patienceMs`, and one that is there answers at once. */
function device(backMs: number, patienceMs: number) {
  const askedMs: number[] = [];
  const dial = async (): Promise<string> => {
    const nowMs = performance.now();
    askedMs.push(nowMs);
    if (nowMs >= backMs) return 'there';
    vi.advanceTimersByTime(patienceMs);
    throw new CodedError('rtsp_unreachable', 'it does not answer');
  };
  return { askedMs, dial };
}

const { signal } = new AbortController();

it('asks at once, and again twice a second, whether nobody answers or somebody says no', async () => {
  for (const patienceMs of [500, 0]) {
    const startMs = performance.now();
    const { askedMs, dial } = device(startMs + 1_700, patienceMs);
    let away = 0;
    expect(await untilThere(dial, { signal, onAway: () => void (away += 1) })).toBe('there');
    expect(askedMs.map((ms) => ms - startMs)).toEqual([0, 500, 1_000, 1_500, 2_000]);
    expect(away).toBe(4);
  }
});

it('has a device within an attempt of its return, whenever that is', async () => {
  for (let backMs = 10; backMs < 3_000; backMs += 130) {
    const startMs = performance.now();
    await untilThere(device(startMs + backMs, 500).dial, { signal });
    expect(performance.now() - startMs - backMs).toBeLessThanOrEqual(500);
  }
});

it('gives up after a while: its address may be another one by now', async () => {
  const startMs = performance.now();
  await expect(untilThere(device(Infinity, 500).dial, { signal })).rejects.toThrow('it does not answer');
  expect(performance.now() - startMs).toBeGreaterThan(15_000);
  expect(performance.now() - startMs).toBeLessThan(17_000);
});

it('leaves to the supervisor what is wrong with a device that is there, and ends when nobody wants it any more', async () => {
  const refuse = async (): Promise<never> => Promise.reject(new CodedError('rtsp_refused', 'wrong password'));
  await expect(untilThere(refuse, { signal })).rejects.toThrow('wrong password');
  const stop = new AbortController();
  const { askedMs, dial } = device(Infinity, 500);
  expect(await untilThere(dial, { signal: stop.signal, onAway: () => askedMs.length === 3 && stop.abort() })).toBeNull();
  expect(askedMs).toHaveLength(3);
});

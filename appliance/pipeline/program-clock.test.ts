import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { monotonicUs } from '#kit/media/clock.ts';
import { ProgramClock } from './program-clock.ts';

const HOUR_MS = 3_600_000;
const nowUs = (): number => Date.now() * 1000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance', 'hrtime'], now: 1_762_074_000_000 }));
afterEach(() => void vi.useRealTimers());

/** Somebody sets the clock: the wall's time leaps, the monotonic one does not. */
const setClock = (byMs: number): void => void vi.setSystemTime(Date.now() + byMs);
const pass = (ms: number): void => void vi.advanceTimersByTime(ms);

it('tells the program’s time, and none while there is no gate', () => {
  const clock = new ProgramClock();
  expect(clock.nowUs).toBeNull();
  clock.begin(nowUs());
  pass(5_000);
  expect(clock.nowUs).toBe(nowUs());
  clock.end();
  expect(clock.nowUs).toBeNull();
});

it.each([HOUR_MS, -HOUR_MS])('goes on as it was when the clock leaps by %i ms in a class and the gate is restarted', (leapMs) => {
  const clock = new ProgramClock();
  clock.begin(nowUs());
  const firstUs = clock.epochUs ?? 0;
  setClock(leapMs);
  pass(4_000);
  clock.end();
  clock.begin(nowUs(), true);
  expect((clock.epochUs ?? 0) - firstUs).toBe(4_000_000);
  pass(1_000);
  clock.end();
  clock.begin(nowUs(), true);
  expect([(clock.epochUs ?? 0) - firstUs, (clock.nowUs ?? 0) - nowUs()]).toEqual([5_000_000, -leapMs * 1000]);
});

it.each([HOUR_MS, -HOUR_MS])('stamps single sources with its own time when the clock leaps by %i ms in a class, with a gate, without one and with the next', (leapMs) => {
  const clock = new ProgramClock();
  clock.begin(nowUs());
  const leastUs = nowUs();
  setClock(leapMs);
  const stamped = [clock.wallUs(monotonicUs())];
  clock.end();
  stamped.push(clock.wallUs(monotonicUs()));
  clock.begin(nowUs(), true);
  stamped.push(clock.wallUs(monotonicUs()), clock.wallUs(monotonicUs() - 40_000));
  expect(stamped).toEqual([leastUs, leastUs, leastUs, leastUs - 40_000]);
  expect(clock.nowUs).toBe(leastUs);
  clock.takeWallTime();
  expect(clock.wallUs(monotonicUs())).toBe(nowUs());
});

it('takes the wall’s time between classes', () => {
  const clock = new ProgramClock();
  clock.begin(nowUs());
  setClock(HOUR_MS);
  expect(clock.takeWallTime()).toBe(HOUR_MS);
  expect(clock.nowUs).toBe(nowUs());
  clock.end();
  clock.begin(nowUs());
  expect(clock.nowUs).toBe(nowUs());
});

it('takes it though a class begins while there is no gate: the next one has it', () => {
  const clock = new ProgramClock();
  clock.begin(nowUs());
  clock.end();
  setClock(HOUR_MS);
  clock.takeWallTime();
  clock.begin(nowUs(), true);
  expect(clock.nowUs).toBe(nowUs());
});

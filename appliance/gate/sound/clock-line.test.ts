import { expect, it } from 'vitest';
import { ClockLine, SAMPLES_PER_MS } from './clock-line.ts';

/** A device whose packets of 20 ms arrive with some delay; `random` is repeatable. */
function device(driftPpm: number, jitterMs: number, random = repeatable(7)) {
  const perMs = SAMPLES_PER_MS * (1 + driftPpm / 1e6);
  return {
    /** When packet number `index` is complete. */
    madeMs: (index: number) => ((index + 1) * 960) / perMs,
    delayMs: () => (random() < 0.02 ? 60 * random() : jitterMs * random()),
    perMs,
  };
}

function repeatable(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

it.each([200, -200, 35, 0])('follows a clock %i ppm off for an hour, never 5 ms away', (ppm) => {
  const line = new ClockLine();
  const { madeMs, delayMs, perMs } = device(ppm, 4);
  let worstMs = 0;
  for (let index = 0; madeMs(index) < 3_600_000; index += 1) {
    line.arrived((index + 1) * 960, madeMs(index) + delayMs());
    worstMs = Math.max(worstMs, Math.abs(line.sampleAt(madeMs(index)) / perMs - madeMs(index)));
  }
  expect(worstMs).toBeLessThan(5);
  expect(Math.abs((line.driftPpm ?? Number.NaN) - ppm)).toBeLessThan(10);
});

it('tells no drift before half a minute, and keeps what it knew over a break', () => {
  const line = new ClockLine();
  const { madeMs, delayMs } = device(150, 2);
  const run = (fromMs: number, toMs: number): void => {
    for (let index = fromMs / 20; index < toMs / 20; index += 1) line.arrived((index + 1) * 960, madeMs(index) + delayMs());
  };
  run(0, 20_000);
  expect(line.driftPpm).toBeNull();
  run(20_000, 120_000);
  expect(Math.abs((line.driftPpm ?? 0) - 150)).toBeLessThan(20);
  line.restart();
  run(120_000, 121_000);
  expect(Math.abs((line.driftPpm ?? 0) - 150)).toBeLessThan(20);
  expect(Math.abs(line.ratio - 1.00015)).toBeLessThan(0.00003);
});

it('takes up a device that lost samples, and one whose first packets came late', () => {
  const line = new ClockLine();
  const at = (nowMs: number): number => line.sampleAt(nowMs) / SAMPLES_PER_MS - nowMs;
  // Half a second of backlog comes in at once: what came before was not on time.
  line.arrived(0, 500);
  for (let ms = 500; ms < 30_000; ms += 20) line.arrived(ms * SAMPLES_PER_MS, ms + 1);
  expect(Math.abs(at(30_000) + 1)).toBeLessThan(1);
  for (let ms = 30_000; ms < 36_000; ms += 20) line.arrived((ms - 300) * SAMPLES_PER_MS, ms + 1);
  expect(Math.abs(at(36_000) + 301)).toBeLessThan(2);
});

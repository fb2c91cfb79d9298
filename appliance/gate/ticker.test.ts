import { expect, it } from 'vitest';
import { Ticker } from './ticker.ts';

function ticker(): { run: (nowMs: number) => void; seen: string[]; ticker: Ticker } {
  const seen: string[] = [];
  let now = 0;
  const made = new Ticker(
    [{ periodMs: 40, tick: (index) => seen.push(`v${index}`) }, { periodMs: 20, tick: (index) => seen.push(`a${index}`) }],
    () => now,
  );
  const run = (nowMs: number): void => {
    now = nowMs;
    made.runDue();
  };
  return { run, seen, ticker: made };
}

it('ticks each beat at its own rate, once', () => {
  const { run, seen } = ticker();
  for (const nowMs of [0, 5, 21, 40, 41, 60]) run(nowMs);
  expect(seen).toEqual(['v0', 'a0', 'a1', 'v1', 'a2', 'a3']);
});

it('makes up for a late tick and says how late it was', () => {
  const { run, seen, ticker: made } = ticker();
  run(0);
  run(130);
  expect(seen.filter((tick) => tick.startsWith('v'))).toEqual(['v0', 'v1', 'v2', 'v3']);
  expect(made.takeLateMs()).toBe(110);
  expect(made.takeLateMs()).toBe(0);
});

it('leaves out what a suspended machine missed: the count stays the time', () => {
  const { run, seen } = ticker();
  run(0);
  run(10_000);
  expect(seen.slice(2)).toEqual(['v250', 'a500']);
});

import { expect, test } from 'vitest';
import { WayDoubts } from './way-doubts.ts';

const WELL = { lossShare: 0, unansweredMs: 60 };
const HELD_MS = 10_000;

function after(...reports: (typeof WELL)[]): { readonly isRaised: boolean; readonly queueMs: number | null } {
  const doubts = new WayDoubts();
  let queueMs: number | null = null;
  for (const [second, report] of [WELL, WELL, ...reports].entries()) queueMs = doubts.onReport(report, second * 1_000);
  return { isRaised: doubts.isRaised(HELD_MS, reports.length * 1_000 + 2_000), queueMs };
}

test.each([
  ['all is well', WELL, false, null],
  ['some packets get lost', { ...WELL, lossShare: 0.03 }, false, null],
  ['many get lost', { ...WELL, lossShare: 0.05 }, true, null],
  ['a report was late', { ...WELL, unansweredMs: 200 }, false, null],
  ['a queue may be standing', { ...WELL, unansweredMs: 300 }, true, null],
  ['a queue is standing', { ...WELL, unansweredMs: 600 }, true, 540],
] as const)('%s', (_what, report, isRaised, queueMs) => {
  expect(after(report)).toEqual({ isRaised, queueMs });
});

test('questions for many packets within a second raise it at once, for as long as is asked', () => {
  const doubts = new WayDoubts();
  doubts.onMissing(6, 0);
  doubts.onMissing(6, 1_500);
  expect(doubts.isRaised(HELD_MS, 1_500)).toBe(false);
  doubts.onMissing(4, 1_600);
  expect([doubts.isRaised(HELD_MS, 11_600), doubts.isRaised(HELD_MS, 11_601)]).toEqual([true, false]);
});

test('a way that became longer for good is no queue after a while', () => {
  const doubts = new WayDoubts();
  doubts.onReport({ lossShare: 0, unansweredMs: 20 }, 0);
  for (let nowMs = 1_000; nowMs < 62_000; nowMs += 1_000) doubts.onReport({ lossShare: 0, unansweredMs: 320 }, nowMs);
  expect(doubts.onReport({ lossShare: 0, unansweredMs: 320 }, 63_000)).toBeNull();
  expect(doubts.isRaised(500, 63_000)).toBe(false);
});

import { expect, test } from 'vitest';
import type { ReportBlock } from '../rtcp/packet.ts';
import { ReportedWay } from './reported-way.ts';

const FIRST = 1_000;
const report = (arrived: number, fractionLost = 0): ReportBlock => ({ ssrc: 1, fractionLost, cumulativeLost: 0, highestSequence: FIRST + arrived - 1, jitter: 0, lastReport: 0, delaySinceLastReport: 0 });

/** Ten packets of 1,000 bytes every 40 ms, from the time 0 on. */
function sent(untilMs: number): ReportedWay {
  const way = new ReportedWay(FIRST);
  for (let atMs = 0; atMs <= untilMs; atMs += 40) way.onLeft(10, 10_000, atMs);
  return way;
}

test.each([
  ['all has come', 260, 0],
  ['the newest burst is on its way', 250, 10],
  ['four are', 215, 170],
  ['nothing has come', 0, 1_010],
  ['more than was sent, which nobody can have', 900, 0],
] as const)('%s', (_what, arrived, unansweredMs) => {
  expect(sent(1_000).read(report(arrived), 1_010)).toMatchObject({ unansweredMs, arrivedBps: null });
});

test.each([
  ['only the last burst is missing, and nothing follows', 250, 5_000, 100],
  ['several were on their way when it fell silent', 200, 5_000, 300],
] as const)('where %s', (_what, arrived, atMs, unansweredMs) => {
  expect(sent(1_000).read(report(arrived), atMs).unansweredMs).toBe(unansweredMs);
});

test('what left before a pause tells nothing after it', () => {
  const way = sent(1_000);
  way.onLeft(10, 10_000, 9_000);
  expect(way.read(report(200), 9_010).unansweredMs).toBe(10);
});

test('what is older than is remembered has waited at least so long', () => {
  expect(sent(10_000).read(report(10), 10_000).unansweredMs).toBe(63 * 40);
});

test('what came between two reports, less what got lost', () => {
  const way = sent(2_000);
  way.read(report(100), 1_000);
  expect(way.read(report(200, 0.25), 2_000).arrivedBps).toBe(600_000);
});

import { expect, test } from 'vitest';
import { ReceptionStatistics } from './reception-statistics.ts';

/** Packets 20 ms apart on a clock of 48 kHz; those that are left out got lost. */
function received(statistics: ReceptionStatistics, numbers: readonly number[]): void {
  for (const number of numbers) statistics.onPacket(0x10000 + number, number * 960, number * 20);
}

test('a repaired packet was lost on the way, as the sender must know, but not for good', () => {
  const statistics = new ReceptionStatistics(48_000);
  received(statistics, [0, 1, 2, 4, 5, 6, 8, 9]);
  statistics.onRepair();
  expect(statistics.take()).toMatchObject({ fractionLost: 0.2, cumulativeLost: 2, highestSequence: 9 });
  expect(statistics.lost).toBe(1);
});

test('each report counts what came since the one before', () => {
  const statistics = new ReceptionStatistics(48_000);
  received(statistics, [0, 2, 3]);
  expect(statistics.take().fractionLost).toBe(0.25);
  received(statistics, [4, 5]);
  expect(statistics.take()).toMatchObject({ fractionLost: 0, cumulativeLost: 1, highestSequence: 5 });
});

import { expect, it } from 'vitest';
import { Pace } from './pace.ts';

const KILOBYTE = 1024;

it('keeps to a limit, a quarter of a second at once', () => {
  const limited = new Pace(400_000);
  expect([limited.chunkBytes(), limited.sent(100_000, 50)]).toEqual([100_000, 200]);
  expect(new Pace(80_000).chunkBytes()).toBe(64 * KILOBYTE);
  expect(new Pace(1_000).chunkBytes()).toBe(16 * KILOBYTE);
});

it('gives way to a class that needs the line, under the limit that is set', () => {
  const pace = new Pace(400_000);
  pace.giveWay(8_000);
  expect([pace.chunkBytes(), pace.sent(16_000, 500)]).toEqual([16 * KILOBYTE, 1_500]);
  pace.giveWay(4_000_000);
  expect(pace.chunkBytes()).toBe(100_000);
  pace.giveWay(null);
  expect(pace.chunkBytes()).toBe(100_000);
});

it('does not make up for a chunk that was cut before the class began', () => {
  const pace = new Pace(0);
  expect(pace.chunkBytes()).toBeGreaterThan(1_000_000);
  pace.giveWay(8_000);
  expect(pace.sent(1_500_000, 3_000)).toBe(0);
  expect(pace.chunkBytes()).toBe(16 * KILOBYTE);
});

it('adapts its chunks to the line', () => {
  const slow = new Pace(0);
  for (let chunk = 0; chunk < 30; chunk++) slow.sent(64 * KILOBYTE, 6_000);
  expect(slow.chunkBytes()).toBe(64 * KILOBYTE);
});

it('sends less at once as long as nothing comes through, and more again when it does, without a word about the rate', () => {
  const pace = new Pace(0);
  for (let chunk = 0; chunk < 30; chunk++) pace.sent(4096 * KILOBYTE, 1_000);
  const { rate } = pace;
  const sizes = Array.from({ length: 7 }, () => {
    pace.failed();
    return pace.chunkBytes() / KILOBYTE;
  });
  expect([sizes, pace.rate]).toEqual([[2048, 1024, 512, 256, 128, 64, 64], rate]);
  pace.sent(64 * KILOBYTE, 16);
  expect(pace.chunkBytes() / KILOBYTE).toBe(128);
  for (let chunk = 0; chunk < 6; chunk++) pace.sent(4096 * KILOBYTE, 1_000);
  expect(pace.chunkBytes() / KILOBYTE).toBe(4096);
});

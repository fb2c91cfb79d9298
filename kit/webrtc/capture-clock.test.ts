import { expect, test } from 'vitest';
import { rtpTimestampOf } from '#kit/media/packet.ts';
import { CaptureClock } from './capture-clock.ts';

const NOW_US = Date.UTC(2026, 10, 21, 10) * 1000;

test("our own sender's timestamps are its capture times, at once", () => {
  const clock = new CaptureClock(90_000);
  for (const offsetUs of [0, 40_000, 80_000]) {
    const captured = NOW_US + offsetUs;
    expect(Math.abs(clock.captureUs(rtpTimestampOf(captured, 90_000), captured + 35_000) - captured)).toBeLessThan(20);
  }
});

test('also when its clock is an hour off, once it has reported', () => {
  const clock = new CaptureClock(90_000);
  const skewed = NOW_US + 3_600_000_000;
  clock.onSenderReport(skewed, rtpTimestampOf(skewed, 90_000));
  expect(Math.abs(clock.captureUs(rtpTimestampOf(skewed + 40_000, 90_000), NOW_US + 45_000) - (skewed + 40_000))).toBeLessThan(20);
});

test('a foreign sender counts by its reports, never ahead of arrival by their noise', () => {
  const clock = new CaptureClock(90_000);
  clock.onSenderReport(NOW_US, 5000);
  expect(clock.captureUs(5000 + 9000, NOW_US + 130_000)).toBe(NOW_US + 100_000);
  expect(clock.captureUs(5000 + 90_000, NOW_US + 900_000)).toBe(NOW_US + 900_000);
});

test('a sender that never reports keeps its time for longer than half a round of its timestamps', () => {
  const clock = new CaptureClock(90_000);
  let capturedUs = 0;
  for (let second = 0; second <= 16 * 3600; second += 10) capturedUs = clock.captureUs((100 + second * 90_000) >>> 0, NOW_US + second * 1_000_000 + (second % 50) * 1000);
  expect(capturedUs).toBe(NOW_US + 16 * 3600 * 1_000_000);
});

test('before any report by its least delayed arrival, and never backwards', () => {
  const clock = new CaptureClock(90_000);
  expect(clock.captureUs(100, NOW_US)).toBe(NOW_US);
  expect(clock.captureUs(100 + 3600, NOW_US + 10_000)).toBe(NOW_US + 10_000);
  expect(clock.captureUs(100 + 7200, NOW_US + 90_000)).toBe(NOW_US + 50_000);
  clock.onSenderReport(NOW_US - 500_000, 100);
  expect(clock.captureUs(100 + 10_800, NOW_US + 130_000)).toBe(NOW_US + 50_001);
});

test('a sender whose clock is far behind does not stand still until it has caught up', () => {
  const clock = new CaptureClock(90_000);
  clock.captureUs(100, NOW_US);
  const behindUs = NOW_US - 60_000_000;
  clock.onSenderReport(behindUs, 100);
  expect([1, 2, 3].map((frame) => clock.captureUs(100 + frame * 3600, NOW_US + frame * 40_000) - behindUs)).toEqual([40_000, 80_000, 120_000]);
});

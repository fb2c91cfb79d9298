import { expect, it } from 'vitest';
import { rtpTimestampOf } from '../../media/packet.ts';
import { captureMsOf, DelayMeter } from './capture-time.ts';

it('reads back the capture time that the sender stamped, across the wrap', () => {
  for (const at of [1_790_000_000_040, 1_790_000_000_080, Math.ceil((417_000 * 2 ** 32) / 90) + 20]) {
    const stamp = rtpTimestampOf(at * 1000, 90_000);
    for (const late of [-200, 0, 350, 5_000]) expect(captureMsOf(stamp, at + late)).toBeCloseTo(at, 1);
  }
});

it('tells the median delay and ignores stamps that are no capture times', () => {
  const meter = new DelayMeter();
  expect(meter.medianMs).toBeNull();
  for (const late of [240, 260, 900]) meter.add(10_000, 10_000 + late);
  meter.add(10_000, 10_000_000);
  expect(meter.medianMs).toBe(260);
});

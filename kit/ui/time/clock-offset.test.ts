import { expect, it } from 'vitest';
import { ClockOffset } from './clock-offset.ts';

it('believes the quickest answer of the last eight', () => {
  const offset = new ClockOffset();
  expect([offset.ms, offset.known]).toEqual([0, false]);
  offset.add({ askedAt: 0, answeredAt: 400, remoteAt: 5_300 });
  offset.add({ askedAt: 1_000, answeredAt: 1_010, remoteAt: 6_005 });
  offset.add({ askedAt: 2_000, answeredAt: 2_300, remoteAt: 7_290 });
  expect([offset.ms, offset.known]).toEqual([5_000, true]);
  for (let i = 0; i < 8; i++) offset.add({ askedAt: 0, answeredAt: 100, remoteAt: 4_050 });
  expect(offset.ms).toBe(4_000);
});

it.each([
  ['this page’s clock', { askedAt: 3_600_500, answeredAt: 3_601_000, remoteAt: 6_000 }, -3_594_750],
  ['the service’s clock', { askedAt: 500, answeredAt: 1_000, remoteAt: 3_606_000 }, 3_605_250],
])('believes a slower answer at once after %s was set', (_, sample, ms) => {
  const offset = new ClockOffset();
  offset.add({ askedAt: 0, answeredAt: 4, remoteAt: 5_002 });
  offset.add(sample);
  expect(offset.ms).toBe(ms);
});

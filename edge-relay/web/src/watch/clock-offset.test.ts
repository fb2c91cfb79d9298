import { expect, it } from 'vitest';
import { ClockOffset } from './clock-offset.ts';

it('believes the quickest answer', () => {
  const clock = new ClockOffset();
  expect(clock.offsetMs).toBe(0);
  clock.add({ sentAt: 0, receivedAt: 400, edgeMs: 10_000, pageMs: 5_000 });
  clock.add({ sentAt: 1_000, receivedAt: 1_010, edgeMs: 10_500, pageMs: 5_505 });
  clock.add({ sentAt: 2_000, receivedAt: 2_300, edgeMs: 9_000, pageMs: 5_000 });
  expect(clock.offsetMs).toBe(5_000);
});

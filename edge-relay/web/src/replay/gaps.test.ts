import { expect, it } from 'vitest';
import { gapsIn } from './gaps.ts';

it('says where in the replay a gap lies', () => {
  const gaps = [
    { from: '2026-11-21T10:10:00Z', to: '2026-11-21T10:10:02Z', reason: 'power' },
    { from: '2026-11-21T10:05:00Z', to: '2026-11-21T10:05:10Z', reason: 'encoder' },
  ];
  expect(gapsIn({ recordedAt: '2026-11-21T10:00:00Z', gaps })).toEqual([
    { atMs: 300_000, lostMs: 10_000, reason: 'encoder' },
    { atMs: 590_000, lostMs: 2_000, reason: 'power' },
  ]);
});

import { expect, it } from 'vitest';
import { noStats, readStats } from './receive-stats.ts';

const video = (framesDecoded: number) => ({
  type: 'inbound-rtp',
  kind: 'video',
  framesDecoded,
  framesDropped: 1,
  frameWidth: 640,
  frameHeight: 360,
  bytesReceived: 5_000,
  packetsLost: 2,
  freezeCount: 1,
  totalFreezesDuration: 0.5,
});

it('adds up what arrived and measures frames a second between two looks', () => {
  const first = readStats([{ type: 'candidate-pair' }, video(50)], noStats, 10_000);
  expect(first).toMatchObject({ framesDecoded: 50, fps: 0, width: 640, packetsLost: 2, freezes: 1, frozenSeconds: 0.5 });
  const second = readStats([video(100), { type: 'inbound-rtp', kind: 'audio', bytesReceived: 900, packetsLost: 1 }], first, 12_000);
  expect(second).toMatchObject({ fps: 25, audioBytes: 900, packetsLost: 3 });
});

it('starts anew with a new session', () => {
  expect(readStats([video(3)], { ...noStats, framesDecoded: 900, atMs: 1 }, 1_001).fps).toBe(0);
});

import { expect, it } from 'vitest';
import { next, type Sight, type Transport, wantsWebrtc } from './transport.ts';

const webrtc: Transport = { kind: 'webrtc', sinceMs: 0 };
const hls: Transport = { kind: 'hls', sinceMs: 0, trying: false, triedMs: 0 };
const trying: Transport = { kind: 'hls', sinceMs: 0, trying: true, triedMs: 30_000 };
const looked = (transport: Transport, saw: Sight, atMs: number): Transport => next(transport, { type: 'looked', saw, atMs });

it.each([
  ['waits for WebRTC', webrtc, 'nothing', 3_900, 'webrtc', true],
  ['falls back after four seconds without a picture', webrtc, 'nothing', 4_000, 'hls', false],
  ['falls back at once when the connection fails', webrtc, 'failed', 300, 'hls', false],
  ['stays while there is a picture', webrtc, 'picture', 4_000, 'webrtc', true],
  ['does not blame WebRTC when the class dropped', webrtc, 'excused', 9_000, 'webrtc', true],
  ['leaves WebRTC alone for half a minute', hls, 'nothing', 29_900, 'hls', false],
  ['then tries it quietly', hls, 'nothing', 30_000, 'hls', true],
  ['returns when the try has a picture', trying, 'picture', 31_000, 'webrtc', true],
  ['gives a failed try up', trying, 'failed', 30_500, 'hls', false],
  ['gives a try without a picture up', trying, 'nothing', 36_000, 'hls', false],
] as const)('%s', (_, transport, saw, atMs, kind, wants) => {
  const now = looked(transport, saw, atMs);
  expect([now.kind, wantsWebrtc(now)]).toEqual([kind, wants]);
});

it('counts patience from the last picture, and the next try from the end of the last', () => {
  expect(looked(looked(webrtc, 'picture', 90_000), 'nothing', 93_900).kind).toBe('webrtc');
  const rested = looked(trying, 'failed', 31_000);
  expect(wantsWebrtc(looked(rested, 'nothing', 60_900))).toBe(false);
  expect(wantsWebrtc(looked(rested, 'nothing', 61_000))).toBe(true);
});

it('never tries what the browser does not have', () => {
  const without = next(webrtc, { type: 'class-started', able: false, atMs: 0 });
  expect(wantsWebrtc(looked(without, 'nothing', 3_600_000))).toBe(false);
});

import { expect, it } from 'vitest';
import { next, type Transport } from './transport.ts';

const webrtc: Transport = { kind: 'webrtc', proven: false, sinceMs: 0 };

it.each([
  ['waits for WebRTC', webrtc, false, 3_900, 'webrtc'],
  ['falls back after four seconds without a picture', webrtc, false, 4_000, 'hls'],
  ['stays once there is a picture', webrtc, true, 4_000, 'webrtc'],
  ['falls back when the picture is lost', { ...webrtc, proven: true, sinceMs: 60_000 }, false, 64_000, 'hls'],
  ['does not flicker back', { kind: 'hls', sinceMs: 0 }, true, 9_000, 'hls'],
  ['comes back when WebRTC works again', { kind: 'hls', sinceMs: 0 }, true, 10_000, 'webrtc'],
] as const)('%s', (_, transport, hasPicture, atMs, kind) => {
  expect(next(transport, { type: 'looked', hasPicture, atMs }).kind).toBe(kind);
});

it('counts patience from the last picture', () => {
  const playing = next(next(webrtc, { type: 'looked', hasPicture: true, atMs: 50_000 }), { type: 'looked', hasPicture: true, atMs: 90_000 });
  expect(next(playing, { type: 'looked', hasPicture: false, atMs: 93_000 }).kind).toBe('webrtc');
  expect(next(playing, { type: 'looked', hasPicture: false, atMs: 94_000 }).kind).toBe('hls');
});

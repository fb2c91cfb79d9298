import type { ReceivedFrame } from '#kit/webrtc/types.ts';
import { expect, it } from 'vitest';
import { WhipFrames } from './whip-frames.ts';

/** 20 ms of CELT (RFC 6716 table 2), and so many bytes. */
const sound = (bytes: number): ReceivedFrame => ({ kind: 'audio', rid: null, captureUs: 7, keyframe: true, data: Buffer.alloc(bytes, 0xf8) });

it('passes sound on that one packet to a viewer can hold, and nothing longer', () => {
  const frames = new WhipFrames();
  expect(frames.packet(sound(160))).toMatchObject({ kind: 'audio', codec: 'opus', captureUs: 7, durationUs: 20_000 });
  expect(frames.packet(sound(1_380))?.data).toHaveLength(1_380);
  for (const bytes of [1_381, 1_444, 9_000]) expect(frames.packet(sound(bytes))).toBeNull();
});

import { expect, it } from 'vitest';
import { rtpTimestampOf } from '#kit/media/packet.ts';
import { IncomingMedia } from './incoming.ts';
import { parseRtcp } from './rtcp/packet.ts';
import type { AgreedStream } from './stream.ts';

const NOW_MS = Date.UTC(2026, 10, 22);
const SOUND: AgreedStream = {
  kind: 'audio', mid: '0', direction: 'receive', payloadType: 111, clockHz: 48_000, rtxPayloadType: null, nack: false,
  extensions: { mid: null, rid: null, repairedRid: null, playoutDelay: null, transportSequence: null },
  layers: [{ rid: null, ssrc: 0, rtxSsrc: 0 }],
};
/** Seconds since 1900 in the upper half (RFC 3550 section 4). */
const ntpOf = (epochMs: number): bigint => BigInt(epochMs / 1000 + 2_208_988_800) << 32n;

it('dates the first frame by a report that came before it, whatever the clock of the sender says', () => {
  const captured: number[] = [];
  const incoming = new IncomingMedia([SOUND], {
    onFrame: ({ captureUs }) => captured.push(captureUs / 1000), sendRtcp: () => undefined, nowMs: () => NOW_MS, roundTripMs: () => null, localSsrc: 1,
  });
  const behindMs = NOW_MS - 60_000;
  for (let stranger = 100; stranger < 110; stranger += 1) incoming.onSenderReport(stranger, ntpOf(NOW_MS), 0);
  incoming.onSenderReport(5, ntpOf(behindMs), rtpTimestampOf(behindMs * 1000, 48_000));
  for (const sequence of [0, 1]) {
    incoming.push({ payloadType: 111, marker: false, sequence, timestamp: rtpTimestampOf((behindMs + sequence * 20) * 1000, 48_000), ssrc: 5, extensions: [], payload: Buffer.from([0xfc, 1]) });
  }
  incoming.close();
  expect(captured).toEqual([behindMs, behindMs + 20]);
});

it.each([[null, true], [4, false]])('sends a REMB only to those whose packets it does not count (extension %s: %s)', (transportSequence, expected) => {
  const told: string[] = [];
  const picture: AgreedStream = { ...SOUND, kind: 'video', payloadType: 96, clockHz: 90_000, extensions: { ...SOUND.extensions, transportSequence } };
  const clock = { nowMs: NOW_MS };
  const incoming = new IncomingMedia([picture], {
    onFrame: () => undefined, sendRtcp: (compound) => told.push(...parseRtcp(compound).map(({ type }) => type)), nowMs: () => clock.nowMs, roundTripMs: () => null, localSsrc: 1,
  });
  incoming.push({ payloadType: 96, marker: true, sequence: 0, timestamp: 0, ssrc: 5, extensions: [], payload: Buffer.from([0x67, 1]) });
  clock.nowMs += 1000;
  incoming.tick();
  incoming.close();
  expect(told).toContain('receiver-report');
  expect(told.includes('remb')).toBe(expected);
});

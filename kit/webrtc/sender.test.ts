import { expect, test } from 'vitest';
import { rtpTimestampOf } from '#kit/media/packet.ts';
import { parseRtcp } from './rtcp/packet.ts';
import { parseRtp, type RtpPacket } from './rtp/packet.ts';
import { StreamSender } from './sender.ts';
import type { AgreedStream } from './stream.ts';
import type { PacketizedFrame } from './types.ts';

const NOW_MS = Date.UTC(2026, 10, 21);
const STREAM: AgreedStream = {
  kind: 'video',
  mid: '0',
  direction: 'send',
  payloadType: 102,
  clockHz: 90_000,
  rtxPayloadType: 103,
  nack: true,
  extensions: { mid: 1, rid: 2, repairedRid: 3, playoutDelay: 4, transportSequence: null },
  layers: [{ rid: '720p', ssrc: 10, rtxSsrc: 11 }],
};

function sending(stream: AgreedStream = STREAM): { sender: StreamSender; packets: RtpPacket[]; clock: { nowMs: number } } {
  const packets: RtpPacket[] = [];
  const clock = { nowMs: NOW_MS };
  const transmit = (header: Buffer, payload: Buffer): void => {
    const packet = parseRtp(Buffer.concat([header, payload]));
    if (packet !== null) packets.push(packet);
  };
  const sender = new StreamSender(stream, { rid: '720p', ssrc: 10, rtxSsrc: 11 }, { transmit, mayRepair: () => true, nowMs: () => clock.nowMs, cname: 'name' });
  return { sender, packets, clock };
}

const frame = (captureUs: number, keyframe = false): PacketizedFrame => ({ kind: 'video', captureUs, keyframe, payloads: [Buffer.from('one'), Buffer.from('two')] });
const idsOf = (packet: RtpPacket | undefined): (string | number)[] => (packet?.extensions ?? []).flatMap(({ id, value }) => [id, id === 4 ? value.toString('hex') : value.toString()]);

test('a frame shares one timestamp, its capture time, and its last packet has the marker', () => {
  const { sender, packets } = sending();
  sender.send(frame(NOW_MS * 1000));
  expect(packets.map(({ timestamp, marker, ssrc, payloadType }) => [timestamp, marker, ssrc, payloadType])).toEqual([
    [rtpTimestampOf(NOW_MS * 1000, 90_000), false, 10, 102],
    [rtpTimestampOf(NOW_MS * 1000, 90_000), true, 10, 102],
  ]);
  expect(((packets[1]?.sequence ?? 0) - (packets[0]?.sequence ?? 0)) & 0xffff).toBe(1);
});

test('stream ids go along until the far end has reported, then on keyframes; delay is none at first, then adaptive', () => {
  const { sender, packets, clock } = sending();
  sender.send(frame(1));
  expect(idsOf(packets.at(-1))).toEqual([1, '0', 2, '720p', 4, '000000']);
  sender.acknowledge({ ssrc: 10, fractionLost: 0, cumulativeLost: 0, highestSequence: 0, jitter: 0, lastReport: 0, delaySinceLastReport: 0 });
  sender.send(frame(2));
  expect(idsOf(packets.at(-1))).toEqual([]);
  clock.nowMs += 3000;
  sender.send(frame(3, true));
  expect(idsOf(packets.at(-1))).toEqual([1, '0', 2, '720p', 4, '000033']);
});

test('a lost packet is sent again in the repair stream, not twice at once, and not for ever', () => {
  const { sender, packets, clock } = sending();
  sender.send(frame(1));
  const lost = packets[0];
  const sequence = lost?.sequence ?? 0;
  sender.resend([sequence, (sequence + 5000) & 0xffff]);
  sender.resend([sequence]);
  expect(packets).toHaveLength(3);
  expect(packets[2]).toMatchObject({ ssrc: 11, payloadType: 103, timestamp: lost?.timestamp });
  expect(packets[2]?.payload).toEqual(Buffer.concat([Buffer.from([sequence >> 8, sequence & 0xff]), Buffer.from('one')]));
  expect(idsOf(packets[2])).toEqual([1, '0', 3, '720p']);
  for (let turn = 0; turn < 50; turn += 1, clock.nowMs += 100) sender.resend([sequence]);
  expect(sender.retransmitted).toBe(8);
});

test('without a repair stream the very same packet goes again', () => {
  const { sender, packets } = sending({ ...STREAM, rtxPayloadType: null });
  sender.send(frame(1));
  sender.resend([packets[1]?.sequence ?? 0]);
  expect(packets[2]).toEqual(packets[1]);
});

test('a report maps now onto now, and the answer to it tells the round trip', () => {
  const { sender, clock } = sending();
  sender.send(frame(1));
  const [report] = parseRtcp(sender.report());
  if (report?.type !== 'sender-report') throw new Error('no sender report');
  expect(report).toMatchObject({ ssrc: 10, packets: 2, bytes: 6, rtpTimestamp: rtpTimestampOf(NOW_MS * 1000, 90_000) });
  clock.nowMs += 80;
  const lastReport = Number((report.ntp >> 16n) & 0xffffffffn);
  const acknowledged = { ssrc: 10, fractionLost: 0, cumulativeLost: 1, highestSequence: 0, jitter: 0, lastReport, delaySinceLastReport: 65_536 * 0.05 };
  expect(sender.acknowledge(acknowledged)).toBeCloseTo(30, 0);
  expect(sender.lost).toBe(1);
});

import { expect, test } from 'vitest';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import { rtpTimestampOf } from '#kit/media/packet.ts';
import { StreamReceiver } from './receiver.ts';
import type { RtpPacket } from './rtp/packet.ts';
import type { AgreedStream } from './stream.ts';
import type { ReceivedFrame } from './types.ts';

const NOW_MS = Date.UTC(2026, 10, 21);
const STREAM: AgreedStream = {
  kind: 'video',
  mid: '0',
  direction: 'receive',
  payloadType: 96,
  clockHz: 90_000,
  rtxPayloadType: null,
  nack: true,
  extensions: { mid: null, rid: null, repairedRid: null, playoutDelay: null, transportSequence: null },
  layers: [{ rid: null, ssrc: 0, rtxSsrc: 0 }],
};
const START = Buffer.from([0, 0, 0, 1]);
const SETS = Buffer.concat([START, Buffer.from('6742c01fda', 'hex'), START, Buffer.from('68ce3c80', 'hex')]);

/** Frames 40 ms apart, each fourth a keyframe of three packets, the others of one; sequence numbers run on in order of sending. */
function receiving(): { frames: ReceivedFrame[]; asked: number[]; clock: { nowMs: number }; receiver: StreamReceiver; send: (frame: number, lose?: number) => void; sendCutOff: (frame: number, packets: number) => void } {
  const frames: ReceivedFrame[] = [];
  const asked: number[] = [];
  const clock = { nowMs: NOW_MS };
  let sequence = 65_530;
  const ports = { onFrame: (frame: ReceivedFrame) => frames.push(frame), onKeyframe: () => undefined, onKeyframeNeeded: () => asked.push(clock.nowMs), sendRtcp: () => undefined, roundTripMs: () => 20, nowMs: () => clock.nowMs, localSsrc: 1 };
  const receiver = new StreamReceiver(STREAM, null, 5, ports);
  const sendPart = (frame: number, packets: number, lose: number): void => {
    const keyframe = frame % 4 === 0;
    const unit = Buffer.concat([keyframe ? SETS : Buffer.alloc(0), START, Buffer.from([keyframe ? 0x65 : 0x41]), Buffer.alloc(keyframe ? 1500 : 100, frame + 1)]);
    const payloads = packetizeH264(unit, 1180);
    for (const [index, payload] of payloads.slice(0, packets).entries()) {
      const packet: RtpPacket = { payloadType: 96, marker: index === payloads.length - 1, sequence, timestamp: rtpTimestampOf((NOW_MS + frame * 40) * 1000, 90_000), ssrc: 5, extensions: [], payload };
      sequence = (sequence + 1) & 0xffff;
      if (index !== lose) receiver.push(packet, false);
    }
  };
  const send = (frame: number, lose = -1): void => sendPart(frame, Infinity, lose);
  const sendCutOff = (frame: number, packets: number): void => sendPart(frame, packets, -1);
  return { frames, asked, clock, receiver, send, sendCutOff };
}

const numbers = (frames: readonly ReceivedFrame[]): number[] => frames.map(({ captureUs }) => Math.round((captureUs / 1000 - NOW_MS) / 40));

test('frames come whole, with their capture time, over the wrap of the sequence number', () => {
  const { frames, asked, receiver, send } = receiving();
  for (let frame = 0; frame < 9; frame += 1) send(frame);
  receiver.close();
  expect(numbers(frames)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(frames.map(({ keyframe }) => keyframe).filter(Boolean)).toHaveLength(3);
  expect(asked).toEqual([]);
});

test('nothing is given out before the first keyframe, which is asked for', () => {
  const { frames, asked, clock, receiver, send } = receiving();
  for (const frame of [2, 3]) send(frame);
  // What seems to be missing in front of a stream is waited for only a moment.
  clock.nowMs += 130;
  for (const frame of [4, 5]) send(frame);
  receiver.close();
  expect(numbers(frames)).toEqual([4, 5]);
  expect(asked.length).toBeGreaterThan(0);
});

test('after a loss for good it waits for a keyframe, and asks for it', () => {
  const { frames, asked, clock, receiver, send } = receiving();
  for (const frame of [0, 1]) send(frame);
  send(2, 0);
  send(3);
  clock.nowMs += 700;
  for (const frame of [4, 5]) send(frame);
  receiver.close();
  expect(numbers(frames)).toEqual([0, 1, 4, 5]);
  expect(asked).toHaveLength(1);
});

test('a group of pictures sent again fills the hole without giving anything out twice', () => {
  const { frames, clock, receiver, send } = receiving();
  for (const frame of [0, 1]) send(frame);
  send(2, 0);
  send(3);
  clock.nowMs += 700;
  for (const frame of [0, 1, 2, 3]) send(frame);
  receiver.close();
  expect(numbers(frames)).toEqual([0, 1, 2, 3]);
});

test('a frame whose end the sender threw away does not spoil the keyframe behind it', () => {
  const { frames, asked, receiver, send, sendCutOff } = receiving();
  for (const frame of [0, 1]) send(frame);
  sendCutOff(4, 2);
  for (const frame of [8, 9]) send(frame);
  receiver.close();
  expect(numbers(frames)).toEqual([0, 1, 8, 9]);
  expect(asked).toEqual([]);
});

test('after a frame without its end the next keyframe is waited for, and asked for', () => {
  const { frames, asked, receiver, send, sendCutOff } = receiving();
  send(0);
  sendCutOff(4, 2);
  for (const frame of [5, 6, 8, 9]) send(frame);
  receiver.close();
  expect(numbers(frames)).toEqual([0, 8, 9]);
  expect(asked.length).toBeGreaterThan(0);
});

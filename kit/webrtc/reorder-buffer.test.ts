import { expect, test } from 'vitest';
import { ReorderBuffer } from './reorder-buffer.ts';
import type { RtpPacket } from './rtp/packet.ts';

const packet = (sequence: number): RtpPacket => ({ payloadType: 96, marker: false, sequence: sequence & 0xffff, timestamp: 0, ssrc: 1, extensions: [], payload: Buffer.from([1]) });
const taken = (buffer: ReorderBuffer, nowMs: number): (number | 'gap')[] => buffer.take(nowMs).map((item) => (item === 'gap' ? 'gap' : item.sequence));

function filled(sequences: readonly number[], nowMs = 0): ReorderBuffer {
  const buffer = new ReorderBuffer({ maxWaitMs: 600 });
  for (const sequence of sequences) buffer.push(packet(sequence), nowMs);
  return buffer;
}

test('order is restored, doubles and late ones are refused', () => {
  const buffer = filled([10, 12, 11]);
  expect(taken(buffer, 0)).toEqual([10, 11, 12]);
  expect([buffer.push(packet(11), 0), buffer.push(packet(13), 0), buffer.push(packet(13), 0)]).toEqual([false, true, false]);
});

test('a hole is asked for after a moment, twice over, again after a round trip, and not for ever', () => {
  const buffer = filled([65_533, 2]);
  expect(taken(buffer, 0)).toEqual([65_533]);
  expect(buffer.due(7, 50)).toEqual([]);
  expect(buffer.due(8, 50)).toEqual([65_534, 65_535, 0, 1]);
  expect(buffer.due(27, 50)).toEqual([]);
  expect(buffer.due(28, 50)).toEqual([65_534, 65_535, 0, 1]);
  expect(buffer.due(60, 50)).toEqual([]);
  buffer.push(packet(65_535), 60);
  expect(buffer.due(71, 50)).toEqual([65_534, 0, 1]);
  for (let round = 0; round < 20; round += 1) buffer.due(200 + round * 100, 50);
  expect(buffer.due(5000, 50)).toEqual([]);
});

test('losing the very packet at the wrap does not stop it from noticing later losses', () => {
  const buffer = filled([65_534, 0]);
  expect(buffer.due(10, 50)).toEqual([65_535]);
  expect(taken(buffer, 700)).toEqual([65_534, 'gap', 0]);
  buffer.push(packet(1), 700);
  buffer.push(packet(4), 700);
  expect(buffer.due(710, 50)).toEqual([2, 3]);
});

test('what never comes is given up in time, once for neighbours', () => {
  const buffer = filled([1, 4, 5]);
  expect(taken(buffer, 599)).toEqual([1]);
  expect(taken(buffer, 600)).toEqual(['gap', 4, 5]);
  expect(buffer.waiting).toBe(false);
});

test('a leap begins anew instead of asking for a thousand packets', () => {
  const buffer = filled([1, 5000]);
  expect(buffer.due(10, 50)).toEqual([]);
  expect(taken(buffer, 10)).toEqual(['gap', 5000]);
  expect(taken(buffer, 20)).toEqual([]);
});

test('packets in front of the first are asked for and fill in, but do not hold the beginning for long', () => {
  const buffer = filled([10], 1000);
  buffer.expectBefore(3, 1000, 120);
  expect(buffer.due(1010, 50)).toEqual([7, 8, 9]);
  buffer.push(packet(9), 1050);
  buffer.push(packet(8), 1050);
  expect(taken(buffer, 1100)).toEqual([]);
  expect(taken(buffer, 1120)).toEqual(['gap', 8, 9, 10]);
});

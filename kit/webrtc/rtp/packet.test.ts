import { describe, expect, test } from 'vitest';
import { buildRtpHeader, extensionOf, parseRtp, type RtpPacket } from './packet.ts';
import { sequenceDelta, timestampDelta, unwrapSequence } from './sequence.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const parsed = (raw: Buffer): RtpPacket => {
  const packet = parseRtp(raw);
  if (packet === null) throw new Error('not RTP');
  return packet;
};

describe('header', () => {
  test.each([
    ['plain', '80e01234 00000001 00000002 aabb', { payloadType: 96, marker: true, sequence: 0x1234, timestamp: 1, ssrc: 2, payload: bytes('aabb') }],
    ['contributing sources', '82600001 00000001 00000002 11111111 22222222 aa', { marker: false, payload: bytes('aa') }],
    ['padding', 'a0600001 00000001 00000002 aabb0003 000004', { payload: bytes('aabb00') }],
    ['one-byte extensions', '90600001 00000001 00000002 bede0002 1030 00 22616263 00 cc', { extensions: [{ id: 1, value: bytes('30') }, { id: 2, value: bytes('616263') }], payload: bytes('cc') }],
    ['two-byte extensions', '90600001 00000001 00000002 10000002 0100 14 0361 6263 00 dd', { extensions: [{ id: 1, value: bytes('') }, { id: 20, value: bytes('616263') }], payload: bytes('dd') }],
  ])('%s', (_name, hex, expected) => expect(parsed(bytes(hex))).toMatchObject(expected));

  test.each([
    ['empty', ''],
    ['version 1', '40600001 00000001 00000002'],
    ['sources that run out', '8f600001 00000001 00000002'],
    ['an extension that runs out', '90600001 00000001 00000002 bede0009'],
    ['more padding than packet', 'a0600001 00000001 00000002 ff'],
    ['padding of zero', 'a0600001 00000001 00000002 00'],
  ])('%s is no RTP', (_name, hex) => expect(parseRtp(bytes(hex))).toBeNull());

  test('what is built is read again', () => {
    const fields = { payloadType: 102, marker: true, sequence: 65_535, timestamp: 0xffffffff, ssrc: 0xdeadbeef };
    for (const extensions of [[], [{ id: 9, value: bytes('30') }, { id: 10, value: Buffer.from('720p') }], [{ id: 15, value: bytes('00') }]]) {
      const packet = parsed(Buffer.concat([buildRtpHeader(fields, extensions), bytes('01')]));
      expect(packet).toMatchObject({ ...fields, extensions, payload: bytes('01') });
      expect(extensionOf(packet, 10)?.toString()).toBe(extensions.length === 2 ? '720p' : undefined);
    }
  });
});

test('counters that wrap', () => {
  expect([sequenceDelta(65_535, 0), sequenceDelta(0, 65_535), sequenceDelta(5, 5)]).toEqual([1, -1, 0]);
  expect([timestampDelta(0xffffffff, 1), timestampDelta(1, 0xffffffff)]).toEqual([2, -2]);
  expect([unwrapSequence(65_535, 1), unwrapSequence(65_537, 65_535)]).toEqual([65_537, 65_535]);
});

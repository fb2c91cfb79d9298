import { describe, expect, test } from 'vitest';
import { compactNtp, epochUsOf, ntpOf } from './ntp.ts';
import { buildBye, buildNack, buildPli, buildReceiverReport, buildRemb, buildSenderReport, buildSourceDescription, parseRtcp } from './packet.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const report = { ssrc: 7, fractionLost: 0.25, cumulativeLost: -3, highestSequence: 0x10005, jitter: 90, lastReport: 0x12345678, delaySinceLastReport: 65_536 };

describe('golden bytes', () => {
  test.each([
    ['sender report', buildSenderReport({ ssrc: 1, ntp: 0x0102030405060708n, rtpTimestamp: 9, packets: 10, bytes: 11 }), '80c80006 00000001 01020304 05060708 00000009 0000000a 0000000b'],
    ['receiver report', buildReceiverReport(1, [report]), '81c90007 00000001 00000007 40fffffd 00010005 0000005a 12345678 00010000'],
    ['source description', buildSourceDescription(1, 'abc'), '81ca0003 00000001 01036162 63000000'],
    ['nack', buildNack(1, 2, [65_534, 65_535, 0, 14, 15]), '81cd0004 00000001 00000002 fffe8003 000f0000'],
    ['pli', buildPli(1, 2), '81ce0002 00000001 00000002'],
    ['bye', buildBye([1, 2]), '82cb0002 00000001 00000002'],
    ['remb', buildRemb(1, 1_000_000, [5]), '8fce0005 00000001 00000000 52454d42 010bd090 00000005'],
  ])('%s', (_name, built, hex) => expect(built.toString('hex')).toBe(bytes(hex).toString('hex')));
});

test('a compound is read back, what is unknown is passed over, what is malformed ends it', () => {
  const unknown = bytes('80cf0001 00000001');
  const fir = bytes('84ce0004 00000001 00000000 00000009 05000000');
  const compound = Buffer.concat([buildReceiverReport(1, [report]), unknown, buildNack(1, 2, [65_534, 0]), buildPli(1, 3), fir, buildRemb(1, 1_000_000, [5]), bytes('81c9ffff')]);
  expect(parseRtcp(compound)).toEqual([
    { type: 'receiver-report', ssrc: 1, reports: [report] },
    { type: 'nack', mediaSsrc: 2, sequences: [65_534, 0] },
    { type: 'pli', mediaSsrc: 3 },
    { type: 'fir', mediaSsrcs: [9] },
    { type: 'remb', bitrateBps: 1_000_000, mediaSsrcs: [5] },
  ]);
});

test('NTP time keeps the microsecond, and the middle of it is what reports quote', () => {
  const us = Date.UTC(2026, 10, 21) * 1000 + 123_457;
  expect(epochUsOf(ntpOf(us))).toBe(us);
  expect(ntpOf(0)).toBe(2_208_988_800n << 32n);
  expect(compactNtp(0x0102030405060708n)).toBe(0x03040506);
});

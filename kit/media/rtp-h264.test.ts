import { describe, expect, test } from 'vitest';
import { joinNalUnits } from './h264.ts';
import { H264Depacketizer, packetizeH264 } from './rtp-h264.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const SPS = hex('6742c01f');
const PPS = hex('68ce3c80');
const large = (header: number, bytes: number): Buffer => Buffer.concat([Buffer.from([header]), Buffer.alloc(bytes - 1, 0xab)]);

function receive(depacketizer: H264Depacketizer, payloads: readonly Buffer[]): (Buffer | null)[] {
  return payloads.map((payload, index) => depacketizer.push(payload, index === payloads.length - 1));
}

describe('packetizeH264', () => {
  test('parameter sets share a STAP-A, a small slice goes alone', () => {
    const payloads = packetizeH264(joinNalUnits([SPS, PPS, hex('65aabb')]), 100);
    expect(payloads).toEqual([hex('78 0004 6742c01f 0004 68ce3c80'), hex('65aabb')]);
  });

  test('a large slice becomes FU-A of equal pieces with start and end bits', () => {
    const payloads = packetizeH264(joinNalUnits([hex('65 01 02 03 04 05 06 07 08')]), 6);
    expect(payloads).toEqual([hex('7c 85 01020304'), hex('7c 45 05060708')]);
  });

  test('no payload is larger than asked', () => {
    for (const size of [1179, 1180, 1181, 5000, 99_999]) {
      const payloads = packetizeH264(joinNalUnits([large(0x65, size)]), 1180);
      expect(Math.max(...payloads.map((payload) => payload.length))).toBeLessThanOrEqual(1180);
    }
  });

  test('delimiters are not sent; parameter sets that do not fit together go one by one', () => {
    expect(packetizeH264(joinNalUnits([hex('09f0'), SPS, PPS]), 10)).toEqual([SPS, PPS]);
  });
});

describe('H264Depacketizer', () => {
  test('what was packetized comes back', () => {
    const unit = joinNalUnits([SPS, PPS, large(0x65, 4000), large(0x65, 30)]);
    const out = receive(new H264Depacketizer(), packetizeH264(unit, 1180));
    expect(out.at(-1)).toEqual(unit);
    expect(out.slice(0, -1).every((value) => value === null)).toBe(true);
  });

  const [first, second, third] = packetizeH264(joinNalUnits([large(0x65, 30)]), 12);
  const pieces = [first, second, third].filter((piece) => piece !== undefined);
  test.each<[string, Buffer[]]>([
    ['a fragment without its start', pieces.slice(1)],
    ['a fragment without its end', pieces.slice(0, 2)],
    ['a start within a fragment', [...pieces.slice(0, 1), ...pieces]],
    ['a single unit within a fragment', [...pieces.slice(0, 1), hex('65aa'), ...pieces.slice(1)]],
    ['an empty payload', [Buffer.alloc(0)]],
    ['a one-byte fragment', [hex('7c')]],
    ['a torn aggregate', [hex('78 0009 67')]],
    ['an empty aggregate', [hex('78')]],
    ['an aggregate of nothing', [hex('78 0000')]],
    ['an unknown type', [hex('7d 0000 00')]],
  ])('%s drops that access unit and no other', (_, payloads) => {
    const depacketizer = new H264Depacketizer();
    expect(receive(depacketizer, payloads).at(-1)).toBeNull();
    expect(depacketizer.push(hex('41aa'), true)).toEqual(joinNalUnits([hex('41aa')]));
  });

  test('reset after a loss drops the rest of the unit up to its marker', () => {
    const depacketizer = new H264Depacketizer();
    depacketizer.push(hex('41aa'), false);
    depacketizer.reset();
    expect(depacketizer.push(hex('41bb'), true)).toBeNull();
    expect(depacketizer.push(hex('41cc'), true)).toEqual(joinNalUnits([hex('41cc')]));
  });

  /** `count` units of a byte, in aggregates of 400. */
  const aggregates = (count: number): Buffer[] => {
    const payloads: Buffer[] = [];
    for (let left = count; left > 0; left -= 400) payloads.push(Buffer.concat([hex('78'), ...Array.from({ length: Math.min(400, left) }, () => hex('000141'))]));
    return payloads;
  };
  test.each<[string, Buffer[]]>([
    ['in aggregates', aggregates(513)],
    ['one by one', Array.from({ length: 513 }, () => hex('41aa'))],
    ['behind start codes within one', [Buffer.concat(Array.from({ length: 513 }, () => hex('41aa000001')))]],
  ])('more units than any picture has, %s, drop that access unit and no other', (_, payloads) => {
    const depacketizer = new H264Depacketizer();
    expect(receive(depacketizer, payloads).at(-1)).toBeNull();
    expect(depacketizer.push(hex('41aa'), true)).toEqual(joinNalUnits([hex('41aa')]));
  });

  test('a picture of many slices, and a keyframe of 2 MB, come through', () => {
    for (const unit of [joinNalUnits(Array.from({ length: 512 }, () => hex('41aa'))), joinNalUnits([SPS, PPS, large(0x65, 2_000_000)])]) {
      expect(receive(new H264Depacketizer(), packetizeH264(unit, 1180)).at(-1)?.equals(unit)).toBe(true);
    }
  });

  test('whatever comes through can be sent on in 4,096 packets', () => {
    const most = 4 * 1024 * 1024 - 512 * 2;
    const nals = [...Array.from({ length: 511 }, () => large(0x41, 1181)), large(0x65, most - 511 * 1181 - 40_000)];
    const unit = receive(new H264Depacketizer(), nals.flatMap((nal) => packetizeH264(joinNalUnits([nal]), 1180))).at(-1);
    expect(packetizeH264(unit ?? Buffer.alloc(0), 1180).length).toBeGreaterThan(3_500);
    expect(packetizeH264(unit ?? Buffer.alloc(0), 1180).length).toBeLessThanOrEqual(4_096);
  });

  test('memory is bounded when no marker ever comes', () => {
    const depacketizer = new H264Depacketizer();
    for (let index = 0; index < 6000; index += 1) depacketizer.push(large(0x41, 1000), false);
    expect(depacketizer.push(hex('41aa'), true)).toBeNull();
  });
});

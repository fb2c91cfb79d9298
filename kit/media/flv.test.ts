import { describe, expect, test } from 'vitest';
import { FLV_TAG, FlvFromPackets, flvHeader, flvMetadata, FlvReader, flvTag, PacketsFromFlv } from './flv.ts';
import { joinNalUnits } from './h264.ts';
import type { AudioPacket, MediaPacket, VideoPacket } from './packet.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const SPS = hex('6742c00cd901419f9f011000000300100000030320f142a480');
const PPS = hex('68cb83cb20');
const EPOCH_US = 1_767_225_600_000_000;

const video = (ms: number, keyframe: boolean): VideoPacket => ({
  kind: 'video', codec: 'h264', layer: 'source', captureUs: EPOCH_US + ms * 1000, durationUs: 40_000, keyframe,
  data: keyframe ? joinNalUnits([SPS, PPS, hex('658884aa')]) : joinNalUnits([hex('419a11')]),
});
const audio = (ms: number, codec: 'aac' | 'opus' = 'aac'): AudioPacket => ({
  kind: 'audio', codec, captureUs: EPOCH_US + ms * 1000, durationUs: 21_333, channels: 2, data: hex('2110'),
});

test('header and tag bytes', () => {
  expect(flvHeader()).toEqual(hex('464c5601 05 00000009 00000000'));
  expect(flvTag(FLV_TAG.audio, 0x01020304, hex('af01aa'))).toEqual(hex('08 000003 020304 01 000000 af01aa 0000000e'));
});

test('metadata are an ECMA array behind their name', () => {
  const { type, timestampMs, data } = flvMetadata({ a: true, b: 1 });
  expect([type, timestampMs]).toEqual([FLV_TAG.script, 0]);
  expect(data).toEqual(hex('02 000a 6f6e4d65746144617461 08 00000002 0001 61 01 01 0001 62 00 3ff0000000000000 000009'));
});

test('tags come out of chunks cut at every place', () => {
  const stream = Buffer.concat([flvHeader(), flvTag(9, 5, hex('1701')), flvTag(8, 0x1000001, hex('af'))]);
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const reader = new FlvReader();
    const tags = [...reader.push(stream.subarray(0, cut)), ...reader.push(stream.subarray(cut))];
    expect(tags).toEqual([
      { type: 9, timestampMs: 5, data: hex('1701') },
      { type: 8, timestampMs: 0x1000001, data: hex('af') },
    ]);
  }
});

test.each([
  ['another format', hex('47494638')],
  ['a wrong tag size', Buffer.concat([flvHeader(), hex('09 000001 000000 00 000000 17 00000000')])],
  ['a huge tag', Buffer.concat([flvHeader(), hex('09 ffffff 000000 00 000000')])],
])('%s is refused with a code', (_, bytes) => {
  expect(() => new FlvReader().push(bytes)).toThrow(expect.objectContaining({ code: 'bad_flv' }));
});

describe('packets', () => {
  const written = (packets: readonly MediaPacket[]): Buffer => {
    const writer = new FlvFromPackets();
    return Buffer.concat(packets.map((packet) => writer.push(packet)));
  };

  test('there and back keeps time, kind and bytes; it begins at the first keyframe', () => {
    const sent = [video(0, true), audio(10), video(40, false), audio(31), video(80, true)];
    const reader = new PacketsFromFlv({ epochUs: EPOCH_US, layer: 'source' });
    const stream = written([audio(-20), video(-40, false), ...sent, audio(90, 'opus')]);
    const back = new FlvReader().push(stream).flatMap((tag) => reader.push(tag) ?? []);
    expect(back.map(({ kind, captureUs }) => [kind, captureUs])).toEqual(sent.map(({ kind, captureUs }) => [kind, captureUs]));
    expect(back.map(({ data }) => data)).toEqual(sent.map(({ data }) => data));
  });

  test('sequence headers go out once while nothing changes', () => {
    const tags = new FlvReader().push(written([video(0, true), audio(1), video(40, true), audio(22)]));
    expect(tags.map((tag) => tag.data.readUInt16BE(0).toString(16))).toEqual(['1700', '1701', 'af00', 'af01', '1701', 'af01']);
  });

  test.each([
    ['B-frames by composition time', 'b_frames', { type: 9, timestampMs: 0, data: hex('27 01 000028 00000003 419a11') }],
    ['B-frames by slice type', 'b_frames', { type: 9, timestampMs: 0, data: hex('27 01 000000 00000003 019e11') }],
    ['another picture codec', 'unsupported_codec', { type: 9, timestampMs: 0, data: hex('12 00 00') }],
    ['enhanced RTMP', 'unsupported_codec', { type: 9, timestampMs: 0, data: hex('90 68766331') }],
    ['another sound codec', 'unsupported_codec', { type: 8, timestampMs: 0, data: hex('2f 00 00') }],
    ['AAC at 44.1 kHz', 'unsupported_audio', { type: 8, timestampMs: 0, data: hex('af 00 1210') }],
  ])('%s is refused with a code', (_, code, tag) => {
    const reader = new PacketsFromFlv({ epochUs: EPOCH_US, layer: 'source' });
    new FlvReader().push(written([video(0, true)])).forEach((known) => reader.push(known));
    expect(() => reader.push(tag)).toThrow(expect.objectContaining({ code }));
  });

  test('torn tags and frames before their configuration are dropped', () => {
    const reader = new PacketsFromFlv({ epochUs: EPOCH_US, layer: 'source' });
    for (const data of ['', '17', '1701', '17010000', '1701000000 00000001 65']) expect(reader.push({ type: 9, timestampMs: 0, data: hex(data) })).toBeNull();
    expect(reader.push({ type: 8, timestampMs: 0, data: hex('af01aa') })).toBeNull();
  });

  test.each([
    ['length after length', Buffer.alloc(4 * 1024 * 1024, hex('00000001 41'))],
    ['start codes in one unit', Buffer.concat([hex('001ffffc'), Buffer.alloc(0x1ffffc, hex('00000141'))])],
  ])('more units than any encoder makes are dropped: %s', (_, body) => {
    const reader = new PacketsFromFlv({ epochUs: EPOCH_US, layer: 'source' });
    new FlvReader().push(written([video(0, true)])).forEach((known) => reader.push(known));
    expect(reader.push({ type: 9, timestampMs: 40, data: Buffer.concat([hex('27 01 000000'), body]) })).toBeNull();
    expect(reader.push({ type: 9, timestampMs: 80, data: hex('27 01 000000 00000003 419a11') })).not.toBeNull();
  });

  test('a clock that starts anew does not throw time back', () => {
    const reader = new PacketsFromFlv({ epochUs: EPOCH_US, layer: 'source' });
    const stream = new FlvReader().push(written([video(0, true), video(5000, true)]));
    const times = stream.flatMap((tag) => reader.push(tag)?.captureUs ?? []);
    const again = reader.push({ type: 9, timestampMs: 0, data: hex('17 01 000000 00000003 658884') });
    expect(again?.captureUs).toBeGreaterThanOrEqual(times.at(-1) ?? Infinity);
  });

  const WRAP = 2 ** 32;
  test.each<[string, number[], number[]]>([
    ['goes on across the wrap, where a tag may come late, too', [WRAP - 40, WRAP - 20, 10, WRAP - 10, 30], [0, 20, 50, 30, 70]],
    ['goes on where nothing came for a while', [0, 12_000], [0, 12_000]],
    ['does not leap, ahead or back', [0, 40, WRAP - 5_000, WRAP - 4_960, 0, 40, 3_600_000, 3_600_040], [0, 40, 40, 80, 5_040, 5_080, 5_080, 5_120]],
  ])('time %s', (_, stamps, expected) => {
    const reader = new PacketsFromFlv({ epochUs: EPOCH_US, layer: 'source' });
    const [setup] = new FlvReader().push(written([video(0, true)]));
    if (setup !== undefined) reader.push(setup);
    const times = stamps.map((timestampMs) => reader.push({ type: 9, timestampMs, data: hex('27 01 000000 00000003 419a11') }));
    expect(times.map((packet) => ((packet?.captureUs ?? 0) - EPOCH_US) / 1000)).toEqual(expected);
  });
});

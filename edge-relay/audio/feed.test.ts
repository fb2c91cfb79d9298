import { describe, expect, test } from 'vitest';
import { OggOpusReader } from '#kit/media/ogg-opus.ts';
import type { AudioPacket } from '#kit/media/packet.ts';
import { AudioFeed } from './feed.ts';
import { conversionArgs } from './ffmpeg-args.ts';
import { continuityOf, SampleClock } from './sample-clock.ts';

const EPOCH_US = 1_767_225_600_000_000;
const opus = (ms: number): AudioPacket => ({
  kind: 'audio', codec: 'opus', captureUs: EPOCH_US + ms * 1000, durationUs: 20_000, channels: 2, data: Buffer.from([0xfc, 1, 2]),
});
const aac = (us: number): AudioPacket => ({
  kind: 'audio', codec: 'aac', captureUs: EPOCH_US + us, durationUs: 21_333, channels: 2, data: Buffer.from([0x21, 0x10]),
});

test.each([
  ['the first packet', null, 0, { kind: 'follows' }],
  ['on time', 0, 0, { kind: 'follows' }],
  ['9 ms late', 0, 9_000, { kind: 'follows' }],
  ['one missing', 0, 20_000, { kind: 'fill', packets: 1 }],
  ['a second missing', 0, 1_000_000, { kind: 'fill', packets: 50 }],
  ['more missing', 0, 1_000_001, { kind: 'restart' }],
  ['a duplicate', 20_000, 0, { kind: 'drop' }],
  ['a clock set back', 5_000_000, 0, { kind: 'restart' }],
])('continuity: %s', (_, expectedUs, captureUs, continuity) => {
  expect(continuityOf(expectedUs, captureUs, 20_000)).toEqual(continuity);
});

describe('the sample clock', () => {
  test('dates samples by the packet they came in, before the first by counting back', () => {
    const clock = new SampleClock();
    expect(clock.captureUsOf(0)).toBeNull();
    clock.advance(EPOCH_US, 960);
    clock.advance(EPOCH_US + 5_000_000, 960);
    expect(clock.captureUsOf(-480)).toBe(EPOCH_US - 10_000);
    expect(clock.captureUsOf(480)).toBe(EPOCH_US + 10_000);
    expect(clock.captureUsOf(960)).toBe(EPOCH_US + 5_000_000);
  });
});

describe('the feed', () => {
  test('writes Opus packets behind a header, conceals lost ones, drops late ones', () => {
    const feed = new AudioFeed();
    const bytes = [opus(0), opus(60), opus(20), opus(80)].map((packet) => feed.push(packet));
    expect(bytes[2]).toHaveLength(0);
    const written = new OggOpusReader().push(Buffer.concat(bytes)).map((packet) => packet.toString('hex'));
    expect(written).toEqual(['fc0102', 'fc', 'fc', 'fc0102', 'fc0102']);
    expect(feed.clock.captureUsOf(960 * 4)).toBe(EPOCH_US + 80_000);
  });

  // RFC 6716 section 3.2: a decoder refuses what lacks the sizes that its head announces, and everything after it would be dated wrongly.
  test.each([
    ['one frame', 'fc0102', 20, 'fc'],
    ['two frames of one size', 'fd0102', 40, 'fd'],
    ['two frames of two sizes', 'fe010203', 40, 'fd'],
    ['three frames of one size', 'ff03010203', 60, 'ff03'],
    ['two frames of two sizes, padded', 'ffc2010201020300', 40, 'ff02'],
  ])('conceals a lost packet of %s by one that can be read', (_what, data, ms, expected) => {
    const feed = new AudioFeed();
    const packet = (at: number): AudioPacket => ({ ...opus(at), data: Buffer.from(data, 'hex') });
    const bytes = [packet(0), packet(2 * ms)].map((each) => feed.push(each));
    expect(new OggOpusReader().push(Buffer.concat(bytes)).map((each) => each.toString('hex'))).toEqual([data, expected, data]);
  });

  test('writes AAC as ADTS and fills with silence', () => {
    const feed = new AudioFeed();
    const bytes = Buffer.concat([feed.push(aac(0)), feed.push(aac(42_667))]).toString('hex');
    expect(bytes).toBe('fff14c80013ffc2110' + 'fff14c8001bffc211004608c1c' + 'fff14c80013ffc2110');
  });

  test('an empty packet is none', () => {
    expect(new AudioFeed().push({ ...opus(0), data: Buffer.alloc(0) })).toHaveLength(0);
  });
});

test('arguments', () => {
  expect(conversionArgs('opus', 128).join(' ')).toBe(
    '-hide_banner -loglevel error -probesize 32 -analyzeduration 0 -f ogg -c:a libopus -i pipe:0 ' +
      '-map 0:a:0 -ac 2 -ar 48000 -c:a aac -aac_coder fast -b:a 128k -f nut -write_index 0 -flush_packets 1 pipe:1',
  );
  expect(conversionArgs('aac', 96).join(' ')).toBe(
    '-hide_banner -loglevel error -probesize 32 -analyzeduration 0 -f aac -i pipe:0 ' +
      '-map 0:a:0 -ac 2 -ar 48000 -c:a libopus -frame_duration 20 -b:a 96k -f nut -write_index 0 -flush_packets 1 pipe:1',
  );
});

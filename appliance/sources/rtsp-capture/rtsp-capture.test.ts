import { expect, it } from 'vitest';
import { FlvReader } from '#kit/media/flv.ts';
import { OggOpusReader } from '#kit/media/ogg-opus.ts';
import { joinNalUnits } from '#kit/media/h264.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import type { SoundOffer } from '../rtsp/description.ts';
import { soundFeed } from './feed.ts';
import { stereoOf } from './pcm.ts';
import { PicturePath } from './picture-path.ts';
import { TrackReader, writeTrackPacket } from './track-wire.ts';

const PACKETS: MediaPacket[] = [
  { kind: 'video', codec: 'h264', layer: 'camera', captureUs: 123_456_789.5, durationUs: 40_000, keyframe: true, data: Buffer.from('keyframe') },
  { kind: 'video', codec: 'h264', layer: 'camera', captureUs: 123_496_789, durationUs: 40_000, keyframe: false, data: Buffer.alloc(0) },
  { kind: 'audio', codec: 'aac', captureUs: 5, durationUs: 21_333.3, channels: 2, data: Buffer.from('sound') },
  { kind: 'audio', codec: 'opus', captureUs: 6, durationUs: 20_000, channels: 1, data: Buffer.from('x') },
];
const offer = (codec: SoundOffer['codec'], more: Partial<SoundOffer> = {}): SoundOffer => ({
  kind: 'sound', codec, payloadType: 97, clockHz: 48_000, control: '', channels: 1, aac: null, ...more,
});

it('carries a track through a pipe, cut anywhere', () => {
  const bytes = Buffer.concat(PACKETS.map(writeTrackPacket));
  expect(new TrackReader('camera').push(bytes)).toEqual(PACKETS);
  const reader = new TrackReader('camera');
  expect([...bytes].flatMap((byte) => reader.push(Buffer.from([byte])))).toEqual(PACKETS);
});

it.each([
  ['a length beyond all reason', Buffer.from(`ffffffff${'00'.repeat(20)}`, 'hex')],
  ['a kind that is none', Buffer.from(`0000000009${'00'.repeat(19)}`, 'hex')],
])('refuses %s', (_what, bytes) => {
  expect(() => new TrackReader('camera').push(bytes)).toThrow(/makes no sense/);
});

it.each([
  ['one channel on both sides', '0102 fffe', 1, '0201 0201 feff feff'],
  ['the first two of three', '0102 0304 0506', 3, '0201 0403'],
  ['whole samples only', '0102 03', 1, '0201 0201'],
])('makes stereo of samples: %s', (_what, hex, channels, expected) => {
  expect(stereoOf(Buffer.from(hex.replaceAll(' ', ''), 'hex'), channels).toString('hex')).toBe(expected.replaceAll(' ', ''));
});

it.each([
  ['16:11', '6764001eacd940b0126c1040000003004000000c83c58b6580', '1024x576'],
  ['square', '6764001eacd940b0126c0440000003004000000c83c58b6580', '704x576'],
])('tells the size of 704x576 pixels as it is to be seen: %s', (_shape, sps, expected) => {
  const sizes: string[] = [];
  const source = { id: 's', name: 'S', kind: 'camera', url: 'rtsp://none/' } as const;
  const path = new PicturePath({ source, raster: { width: 1280, height: 720 }, programFps: 25, socketPath: '/none' }, { size: ({ width, height }) => void sizes.push(`${width}x${height}`) });
  path.begin({ kind: 'video', codec: 'h264', payloadType: 96, clockHz: 90_000, control: '', sets: null });
  const payloads = packetizeH264(joinNalUnits([Buffer.from(sps, 'hex'), Buffer.from('68ebe3cb22c0', 'hex'), Buffer.from('658884', 'hex')]), 1_200);
  payloads.forEach((payload, at) => path.onPacket({ payloadType: 96, marker: at === payloads.length - 1, sequence: at, timestamp: 0, ssrc: 1, extensions: [], payload }, { monotonicUs: 0, wallUs: 0 }));
  expect(sizes).toEqual([expected]);
});

it('feeds AAC as FLV, whose timestamps tell of gaps', () => {
  const feed = soundFeed(offer('aac', { aac: { config: Buffer.from('1190', 'hex'), sizeLength: 13, indexLength: 3 } }));
  const tags = new FlvReader().push(Buffer.concat([feed.head(), feed.frame(Buffer.from('one'), 0), feed.frame(Buffer.from('two'), 42_666)]));
  expect(tags.map(({ timestampMs, data }) => `${timestampMs} ${data.toString('hex')}`)).toEqual(['0 af001190', `0 af01${Buffer.from('one').toString('hex')}`, `43 af01${Buffer.from('two').toString('hex')}`]);
  expect(feed.silence(480)).toHaveLength(0);
});

it('feeds Opus as Ogg, and puts silence of the right kind between samples', () => {
  const opus = soundFeed(offer('opus', { channels: 2 }));
  const packet = Buffer.from([0x78, 1, 2, 3]);
  expect(new OggOpusReader().push(Buffer.concat([opus.head(), opus.frame(packet, 0)]))).toEqual([packet]);
  expect(opus.silence(480)).toBeNull();
  expect(soundFeed(offer('pcmu', { clockHz: 8_000 })).silence(2)?.toString('hex')).toBe('ffff');
  expect(soundFeed(offer('pcma', { clockHz: 8_000 })).silence(2)?.toString('hex')).toBe('d5d5');
  expect(soundFeed(offer('l16', { channels: 2 })).silence(1)?.toString('hex')).toBe('00000000');
  expect(soundFeed(offer('pcma', { clockHz: 8_000 })).input).toEqual(['-f', 'alaw', '-ar', '8000', '-ac', '1']);
});

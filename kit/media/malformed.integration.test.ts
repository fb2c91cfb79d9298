import { beforeAll, describe, expect, test } from 'vitest';
import { CodedError } from '../process/errors.ts';
import { AdtsReader, adtsHeader, parseAudioSpecificConfig } from './aac.ts';
import { FlvFromPackets, FlvReader, PacketsFromFlv } from './flv.ts';
import { FragmentIndexReader, fragment, initSegment } from './fmp4.ts';
import { annexBToAvcc, avccToAnnexB, avcDecoderConfigurationRecord, canonicalAccessUnit, hasBFrames, parameterSetsOf, parseAvcDecoderConfigurationRecord, parseSps } from './h264.ts';
import { NutReader } from './nut.ts';
import { OggOpusReader, OggOpusWriter } from './ogg-opus.ts';
import { H264Depacketizer, packetizeH264 } from './rtp-h264.ts';
import { ffmpegNut, sampleAudio, sampleVideo, TEST_EPOCH_US } from './testing/samples.ts';

const ROUNDS = 150;

/** Small reproducible generator (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Some bytes changed, some cut out, sometimes torn. */
function damage(bytes: Buffer, random: () => number): Buffer {
  const out = Buffer.from(bytes);
  const near = Math.max(1, random() < 0.5 ? Math.min(out.length, 200) : out.length);
  for (let count = Math.floor(random() * 8); count >= 0; count -= 1) out[Math.floor(random() * near)] = Math.floor(random() * 256);
  if (random() < 0.3) return out.subarray(0, Math.floor(random() * out.length));
  const hole = Math.floor(random() * out.length);
  return random() < 0.3 ? Buffer.concat([out.subarray(0, hole), out.subarray(hole + Math.floor(random() * 50))]) : out;
}

interface Parser {
  readonly valid: Buffer;
  readonly parse: (bytes: Buffer) => unknown;
}

const parsers = new Map<string, Parser>();

beforeAll(async () => {
  const video = await sampleVideo({ seconds: 0.4 });
  const audio = await sampleAudio('aac', 0.4);
  const opus = await sampleAudio('opus', 0.4);
  const keyframe = video[0]?.data ?? Buffer.alloc(0);
  const sets = parameterSetsOf(keyframe) ?? { sps: Buffer.alloc(0), pps: Buffer.alloc(0) };
  const flv = new FlvFromPackets({ baseUs: TEST_EPOCH_US });
  const ogg = new OggOpusWriter(2);
  const aac = { objectType: 2, sampleRateHz: 48_000, channels: 2 };
  const samples = video.map(({ data, keyframe: key }) => ({ data: annexBToAvcc(data), duration: 3600, keyframe: key }));
  const add = (name: string, valid: Buffer, parse: Parser['parse']): unknown => parsers.set(name, { valid, parse });

  add('sps', sets.sps, parseSps);
  add('avcC', avcDecoderConfigurationRecord(sets.sps, sets.pps), parseAvcDecoderConfigurationRecord);
  add('access unit', keyframe, (bytes) => [canonicalAccessUnit(bytes, sets), hasBFrames(bytes), avccToAnnexB(bytes)]);
  add('rtp', Buffer.concat(packetizeH264(keyframe, 500)), (bytes) => {
    const depacketizer = new H264Depacketizer();
    for (let at = 0; at < bytes.length; at += 500) depacketizer.push(bytes.subarray(at, at + 500), at % 1500 === 0);
  });
  add('nut', await ffmpegNut(['-f', 'lavfi', '-i', 'sine=sample_rate=48000', '-t', '0.4', '-c:a', 'aac']), (bytes) => new NutReader().push(bytes));
  add('flv', Buffer.concat([...video, ...audio].map((packet) => flv.push(packet))), (bytes) => {
    const reader = new PacketsFromFlv({ epochUs: TEST_EPOCH_US, layer: 'source' });
    return new FlvReader().push(bytes).map((tag) => reader.push(tag));
  });
  add('mp4', Buffer.concat([initSegment([{ kind: 'h264', trackId: 1, ...sets }]), fragment({ sequence: 1, tracks: [{ trackId: 1, baseDecodeTime: 0, samples }] })]), (bytes) => {
    const reader = new FragmentIndexReader();
    reader.push(bytes);
    return reader.index();
  });
  add('ogg', Buffer.concat([ogg.header(), ...opus.map(({ data }) => ogg.packet(data, 960))]), (bytes) => new OggOpusReader().push(bytes));
  add('adts', Buffer.concat(audio.flatMap(({ data }) => [adtsHeader(aac, data.length), data])), (bytes) => new AdtsReader().push(bytes));
  add('asc', Buffer.from([0x11, 0x90]), parseAudioSpecificConfig);
});

describe('damaged input is answered or refused with a code, never by another error', () => {
  test.each(['sps', 'avcC', 'access unit', 'rtp', 'nut', 'flv', 'mp4', 'ogg', 'adts', 'asc'])('%s', (name) => {
    const parser = parsers.get(name);
    if (parser === undefined) throw new Error(`no parser ${name}`);
    parser.parse(parser.valid);
    const random = generator(20_260_101);
    for (let round = 0; round < ROUNDS; round += 1) {
      const bytes = damage(parser.valid, random);
      try {
        parser.parse(bytes);
      } catch (error) {
        if (!(error instanceof CodedError)) throw new Error(`round ${round}: ${bytes.toString('hex', 0, 200)}`, { cause: error });
      }
    }
    expect(parser.valid.length).toBeGreaterThan(0);
  });
});

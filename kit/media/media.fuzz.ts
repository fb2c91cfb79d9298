import { pieces, type FuzzTarget } from '../testing/fuzz.ts';
import { AdtsReader, adtsHeader, parseAudioSpecificConfig } from './aac.ts';
import { FlvFromPackets, FlvReader, PacketsFromFlv } from './flv.ts';
import { FragmentIndexReader, fragment, initSegment } from './fmp4.ts';
import { annexBToAvcc, avccToAnnexB, avcDecoderConfigurationRecord, canonicalAccessUnit, hasBFrames, joinNalUnits, parseAvcDecoderConfigurationRecord, parseSps } from './h264.ts';
import { NutReader } from './nut.ts';
import { OggOpusReader, OggOpusWriter } from './ogg-opus.ts';
import type { MediaPacket } from './packet.ts';
import { H264Depacketizer, packetizeH264 } from './rtp-h264.ts';
import { ffmpegNut } from './testing/samples.ts';

/** Baseline 1280x720, as x264 writes it; what follows a slice's header is of no interest to any parser here. */
const SETS = { sps: Buffer.from('6742c01fda014016ec0440000003004000000c83c60ca8', 'hex'), pps: Buffer.from('68ce3c80', 'hex') };
const KEYFRAME = joinNalUnits([SETS.sps, SETS.pps, Buffer.concat([Buffer.from('65888400', 'hex'), Buffer.alloc(300, 0x5a)])]);
const FRAME = joinNalUnits([Buffer.concat([Buffer.from('419a24', 'hex'), Buffer.alloc(120, 0x33)])]);
const AAC = { objectType: 2, sampleRateHz: 48_000, channels: 2 };
const SOUND = Buffer.alloc(40, 0x21);
const RTP_PAYLOAD_BYTES = 100;

const packets: readonly MediaPacket[] = [
  { kind: 'video', codec: 'h264', layer: 'source', captureUs: 1_000_000, durationUs: 40_000, keyframe: true, data: KEYFRAME },
  { kind: 'audio', codec: 'aac', captureUs: 1_010_000, durationUs: 21_333, channels: 2, data: SOUND },
  { kind: 'video', codec: 'h264', layer: 'source', captureUs: 1_040_000, durationUs: 40_000, keyframe: false, data: FRAME },
];

function flvOf(all: readonly MediaPacket[]): Buffer {
  const flv = new FlvFromPackets({ baseUs: 1_000_000 });
  return Buffer.concat(all.map((packet) => flv.push(packet)));
}

function mp4Of(): Buffer {
  const samples = [KEYFRAME, FRAME].map((data, index) => ({ data: annexBToAvcc(data), duration: 3_600, keyframe: index === 0 }));
  return Buffer.concat([initSegment([{ kind: 'h264', trackId: 1, ...SETS }]), fragment({ sequence: 1, tracks: [{ trackId: 1, baseDecodeTime: 0, samples }] })]);
}

function oggOf(): Buffer {
  const ogg = new OggOpusWriter(2);
  return Buffer.concat([ogg.header(), ...[1, 2, 3].map(() => ogg.packet(SOUND, 960))]);
}

export const mediaTargets: readonly FuzzTarget[] = [
  { name: 'h264-sps', seeds: () => [SETS.sps], feed: parseSps },
  { name: 'h264-avcc', seeds: () => [avcDecoderConfigurationRecord(SETS.sps, SETS.pps)], feed: parseAvcDecoderConfigurationRecord },
  { name: 'h264-access-unit', seeds: () => [KEYFRAME, FRAME, annexBToAvcc(KEYFRAME)], feed: (input) => [canonicalAccessUnit(input, SETS), hasBFrames(input), avccToAnnexB(input)] },
  {
    name: 'h264-rtp',
    seeds: () => [Buffer.concat(packetizeH264(KEYFRAME, RTP_PAYLOAD_BYTES)), Buffer.from('180004674200010004684e0001', 'hex')],
    feed: (input, random) => {
      const depacketizer = new H264Depacketizer();
      for (const payload of pieces(input, random)) depacketizer.push(payload, random() < 0.3);
    },
  },
  {
    name: 'nut',
    seeds: async () => [await ffmpegNut(['-f', 'lavfi', '-i', 'sine=sample_rate=48000', '-t', '0.1', '-c:a', 'aac'])],
    feed: (input, random) => {
      const reader = new NutReader();
      for (const piece of pieces(input, random)) reader.push(piece);
    },
  },
  {
    name: 'flv',
    seeds: () => [flvOf(packets)],
    feed: (input, random) => {
      const reader = new FlvReader();
      const made = new PacketsFromFlv({ epochUs: 1_000_000, layer: 'source' });
      for (const piece of pieces(input, random)) for (const tag of reader.push(piece)) made.push(tag);
    },
  },
  {
    name: 'mp4',
    seeds: () => [mp4Of()],
    feed: (input, random) => {
      const reader = new FragmentIndexReader();
      for (const piece of pieces(input, random)) reader.push(piece);
      return reader.index();
    },
  },
  {
    name: 'ogg-opus',
    seeds: () => [oggOf()],
    feed: (input, random) => {
      const reader = new OggOpusReader();
      for (const piece of pieces(input, random)) reader.push(piece);
    },
  },
  {
    name: 'aac-adts',
    seeds: () => [Buffer.concat([1, 2, 3].flatMap(() => [adtsHeader(AAC, SOUND.length), SOUND]))],
    feed: (input, random) => {
      const reader = new AdtsReader();
      for (const piece of pieces(input, random)) reader.push(piece);
    },
  },
  { name: 'aac-config', seeds: () => [Buffer.from([0x11, 0x90]), Buffer.from('2b118800', 'hex')], feed: parseAudioSpecificConfig },
];

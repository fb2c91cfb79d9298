import { describe, expect, test } from 'vitest';
import {
  annexBToAvcc, avcDecoderConfigurationRecord, avccToAnnexB, canonicalAccessUnit, hasBFrames, isKeyframe, joinNalUnits, parameterSetsOf,
  parseAvcDecoderConfigurationRecord, parseSps, splitNalUnits, stripDispensable,
} from './h264.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Written by x264 for 320x180 at 25 fps, constrained baseline. */
const SPS = hex('6742c00cd901419f9f011000000300100000030320f142a480');
const PPS = hex('68cb83cb20');
const IDR = hex('658884');
const P_SLICE = hex('419a'); // first_mb 0, slice_type 5 (P)
const B_SLICE = hex('019e'); // first_mb 0, slice_type 6 (B)
const AUD = hex('09f0');
const SEI = hex('0605010280');

describe('splitNalUnits', () => {
  test.each([
    ['3-byte codes', '000001 6788 000001 68ce', ['6788', '68ce']],
    ['4-byte codes', '00000001 6788 00000001 68ce', ['6788', '68ce']],
    ['mixed, with trailing zeros', '000001 6788 0000 00000001 68ce 0000', ['6788', '68ce']],
    ['junk before the first code', 'ffff 000001 65', ['65']],
    ['empty units', '000001 000001 65', ['65']],
    ['no code at all', '6788', []],
    ['nothing', '', []],
  ])('%s', (_, input, expected) => {
    expect(splitNalUnits(hex(input)).map((nal) => nal.toString('hex'))).toEqual(expected);
  });

  test('answers views, not copies', () => {
    const bytes = hex('000001 65aabb');
    expect(splitNalUnits(bytes)[0]?.buffer).toBe(bytes.buffer);
  });
});

test('length-prefixed and Annex B forms turn into each other', () => {
  const annexB = joinNalUnits([SPS, PPS, IDR]);
  const avcc = annexBToAvcc(annexB);
  expect(avcc.subarray(0, 4)).toEqual(hex('00000019'));
  expect(avccToAnnexB(avcc)).toEqual(annexB);
  expect(avccToAnnexB(hex('0002 6588 0001'), 2)).toEqual(hex('00000001 6588'));
  expect(avccToAnnexB(hex('ffffffff 65'))).toHaveLength(0);
});

describe('access units', () => {
  test('a keyframe is one with an IDR slice', () => {
    expect(isKeyframe(joinNalUnits([SPS, PPS, IDR]))).toBe(true);
    expect(isKeyframe(joinNalUnits([SPS, PPS, P_SLICE]))).toBe(false);
  });

  test('parameter sets are found, or null', () => {
    expect(parameterSetsOf(joinNalUnits([AUD, SPS, PPS, IDR]))).toEqual({ sps: SPS, pps: PPS });
    expect(parameterSetsOf(joinNalUnits([SPS, IDR]))).toBeNull();
  });

  test('B slices are seen, a slice without a header is none', () => {
    expect(hasBFrames(joinNalUnits([P_SLICE]))).toBe(false);
    expect(hasBFrames(joinNalUnits([IDR]))).toBe(false);
    expect(hasBFrames(joinNalUnits([AUD, B_SLICE]))).toBe(true);
    expect(hasBFrames(joinNalUnits([hex('41')]))).toBe(false);
  });

  test('delimiters and SEI are dropped, missing parameter sets put in front of a keyframe only', () => {
    expect(stripDispensable(joinNalUnits([AUD, SEI, P_SLICE]))).toEqual(joinNalUnits([P_SLICE]));
    const sets = { sps: SPS, pps: PPS };
    expect(canonicalAccessUnit(joinNalUnits([AUD, SEI, IDR]), sets)).toEqual(joinNalUnits([SPS, PPS, IDR]));
    expect(canonicalAccessUnit(joinNalUnits([SPS, PPS, IDR]), sets)).toEqual(joinNalUnits([SPS, PPS, IDR]));
    expect(canonicalAccessUnit(joinNalUnits([SPS, IDR]), sets)).toEqual(joinNalUnits([SPS, PPS, IDR]));
    expect(canonicalAccessUnit(joinNalUnits([P_SLICE]), sets)).toEqual(joinNalUnits([P_SLICE]));
  });
});

describe('parseSps', () => {
  test('x264, baseline, cropped height, timing', () => {
    expect(parseSps(SPS)).toEqual({ width: 320, height: 180, profileLevelId: '42c00c', profileIdc: 66, levelIdc: 12, fps: 25, maxReorderFrames: 0 });
  });

  test('x264, high profile 1920x1080', () => {
    const sps = hex('67640028acd940780227e5c044000003000400000300c83c60c658');
    expect(parseSps(sps)).toMatchObject({ width: 1920, height: 1080, profileLevelId: '640028', fps: 25 });
  });

  test.each([
    ['a PPS', PPS],
    ['a torn one', SPS.subarray(0, 6)],
    ['nothing', Buffer.alloc(0)],
    ['endless zeros', hex('6742c00c 00000000 00000000 00000000')],
  ])('%s is refused with a code', (_, bytes) => {
    expect(() => parseSps(bytes)).toThrow(expect.objectContaining({ code: 'bad_h264' }));
  });
});

describe('AVCDecoderConfigurationRecord', () => {
  test('is written as ISO/IEC 14496-15 has it and read back', () => {
    const record = avcDecoderConfigurationRecord(SPS, PPS);
    expect(record).toEqual(Buffer.concat([hex('0142c00cffe10019'), SPS, hex('010005'), PPS]));
    expect(parseAvcDecoderConfigurationRecord(record)).toEqual({ sps: SPS, pps: PPS, lengthSize: 4 });
  });

  test('high profile carries the chroma fields', () => {
    const sps = Buffer.from(SPS);
    sps[1] = 100;
    expect(avcDecoderConfigurationRecord(sps, PPS).subarray(-4)).toEqual(hex('fdf8f800'));
  });

  test.each(['', '00', '0142c00cffe1ffff67', '0142c00cffe000', '0142c00cfee00000'])('torn or empty %j is refused', (bytes) => {
    expect(() => parseAvcDecoderConfigurationRecord(hex(bytes))).toThrow(expect.objectContaining({ code: 'bad_h264' }));
  });
});

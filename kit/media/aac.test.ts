import { describe, expect, test } from 'vitest';
import { adtsHeader, AdtsReader, buildAudioSpecificConfig, parseAudioSpecificConfig } from './aac.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const LC_STEREO = { objectType: 2, sampleRateHz: 48_000, channels: 2 };

describe('AudioSpecificConfig', () => {
  test.each([
    ['1190', LC_STEREO],
    ['1188', { objectType: 2, sampleRateHz: 48_000, channels: 1 }],
    ['1210', { objectType: 2, sampleRateHz: 44_100, channels: 2 }],
    ['1780640890', { objectType: 2, sampleRateHz: 51_217, channels: 2 }],
  ])('%s is written and read', (bytes, config) => {
    expect(buildAudioSpecificConfig(config).toString('hex')).toBe(bytes);
    expect(parseAudioSpecificConfig(hex(bytes))).toEqual(config);
  });

  test('HE-AAC answers the AAC-LC underneath', () => {
    expect(parseAudioSpecificConfig(hex('2b118800'))).toEqual({ objectType: 2, sampleRateHz: 24_000, channels: 2 });
  });

  test.each(['', '11', '1700'])('torn or unknown %j is refused', (bytes) => {
    expect(() => parseAudioSpecificConfig(hex(bytes))).toThrow(expect.objectContaining({ code: 'bad_aac' }));
  });
});

describe('ADTS', () => {
  const frame = (data: Buffer): Buffer => Buffer.concat([adtsHeader(LC_STEREO, data.length), data]);

  test('header', () => {
    expect(adtsHeader(LC_STEREO, 100).toString('hex')).toBe('fff14c800d7ffc');
  });

  test('frames come out of chunks cut at every place', () => {
    const stream = Buffer.concat([hex('0102ff'), frame(hex('aabbcc')), frame(hex('dd'))]);
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const reader = new AdtsReader();
      const frames = [...reader.push(stream.subarray(0, cut)), ...reader.push(stream.subarray(cut))];
      expect(frames.map(({ data }) => data.toString('hex'))).toEqual(['aabbcc', 'dd']);
      expect(frames[0]?.config).toEqual(LC_STEREO);
    }
  });
});

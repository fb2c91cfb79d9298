import { describe, expect, test } from 'vitest';
import { manualClock, systemClock } from './clock.ts';
import { crc32 } from './crc32.ts';
import { OggOpusReader, oggPage, OggOpusWriter } from './ogg-opus.ts';
import { opusChannels, opusSamples } from './opus.ts';
import { peakDbfs, rmsDbfs, SILENCE_DBFS } from './pcm.ts';

const samples = (...values: number[]): Buffer => Buffer.from(Int16Array.from(values).buffer);

describe('PCM levels', () => {
  test.each([
    ['full scale', samples(-32_768, 32_767), 0, 0],
    ['half scale', samples(16_384, -16_384), -6.02, -6.02],
    ['one peak in silence', samples(0, 0, 0, 16_384), -6.02, -12.04],
    ['silence', samples(0, 0), SILENCE_DBFS, SILENCE_DBFS],
    ['nothing', Buffer.alloc(0), SILENCE_DBFS, SILENCE_DBFS],
    ['an odd byte', Buffer.from([1]), SILENCE_DBFS, SILENCE_DBFS],
  ])('%s', (_, bytes, peak, rms) => {
    expect(peakDbfs(bytes)).toBeCloseTo(peak, 1);
    expect(rmsDbfs(bytes)).toBeCloseTo(rms, 1);
  });
});

test('CRC-32 check value (CRC-32/MPEG-2 polynomial, initial 0)', () => {
  expect(crc32(Buffer.from('123456789')).toString(16)).toBe('89a1897f');
});

describe('Ogg Opus', () => {
  const packets = [Buffer.from([0xfc, 1, 2]), Buffer.alloc(255, 7), Buffer.alloc(600, 9)];
  const writer = new OggOpusWriter(2, 312);
  const stream = Buffer.concat([writer.header(), ...packets.map((packet) => writer.packet(packet, 960))]);

  test('packets come out of chunks cut anywhere', () => {
    for (let cut = 0; cut <= stream.length; cut += 7) {
      const reader = new OggOpusReader();
      expect([...reader.push(stream.subarray(0, cut)), ...reader.push(stream.subarray(cut))]).toEqual(packets);
    }
  });

  test('a damaged page is passed over', () => {
    const damaged = Buffer.from(stream);
    damaged[damaged.length - 700] = 0x55; // within the second packet's page
    expect(new OggOpusReader().push(damaged)).toHaveLength(2);
  });

  test('page bytes', () => {
    const page = oggPage({ flags: 0, granule: 960, serial: 1, sequence: 2, packet: Buffer.from([0xaa]) });
    expect(page.subarray(0, 22).toString('hex')).toBe('4f67675300 00 c003000000000000 01000000 02000000'.replaceAll(' ', ''));
    expect(page.subarray(26).toString('hex')).toBe('0101aa');
  });
});

test.each([
  ['CELT 20 ms', 'fc', 960, 2],
  ['CELT 2.5 ms mono', 'e0', 120, 1],
  ['SILK 60 ms', '18', 2880, 1],
  ['hybrid 20 ms, two frames', '69', 1920, 1],
  ['three frames of 20 ms', 'ff03', 2880, 2],
  ['nothing', '', 0, 1],
])('Opus packet: %s', (_, bytes, count, channels) => {
  expect(opusSamples(Buffer.from(bytes, 'hex'))).toBe(count);
  expect(opusChannels(Buffer.from(bytes, 'hex'))).toBe(channels);
});

test('the system clock reads the epoch, and both units agree', () => {
  const clock = systemClock();
  expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(50);
  expect(Math.abs(clock.nowUs() / 1000 - clock.nowMs())).toBeLessThan(50);
  const manual = manualClock(1000);
  manual.advanceMs(0.5);
  expect(manual.nowUs()).toBe(1_000_500);
});

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NutReader, type NutPacket } from './nut.ts';

const run = promisify(execFile);
const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-t', '2', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-bf', '0', '-g', '25'];
const TONE = ['-f', 'lavfi', '-i', 'sine=sample_rate=48000', '-t', '2', '-ac', '2'];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nut-'));
});
afterAll(() => rm(folder, { recursive: true }));

const md5 = (data: Buffer): string => createHash('md5').update(data).digest('hex');

function readInChunks(bytes: Buffer, size: number): { packets: NutPacket[]; reader: NutReader } {
  const reader = new NutReader();
  const packets: NutPacket[] = [];
  for (let at = 0; at < bytes.length; at += size) packets.push(...reader.push(bytes.subarray(at, at + size)));
  return { packets, reader };
}

async function asFfprobeReads(path: string): Promise<unknown[]> {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_packets', '-show_data_hash', 'md5', '-of', 'json', path]);
  const { packets } = JSON.parse(stdout) as { packets: { pts: number; flags: string; data_hash: string }[] };
  return packets.map((packet) => [packet.pts, packet.flags.startsWith('K'), packet.data_hash.slice('MD5:'.length)]);
}

describe.each([
  ['h264', PICTURE, { codec: 'H264', width: 320, height: 180 }],
  ['h264 without syncpoints', [...PICTURE, '-strict', 'experimental', '-syncpoints', 'none'], { codec: 'H264' }],
  ['h264 with timestamped syncpoints', [...PICTURE, '-strict', 'experimental', '-syncpoints', 'timestamped'], { codec: 'H264' }],
  ['aac', [...TONE, '-c:a', 'aac'], { codec: 'aac', sampleRateHz: 48_000, channels: 2 }],
  ['opus', [...TONE, '-c:a', 'libopus'], { codec: 'Opus', sampleRateHz: 48_000, channels: 2 }],
] as const)('%s', (name, args, stream) => {
  test('every packet reads as FFmpeg reads it, whatever the chunks', async () => {
    const path = join(folder, `${name}.nut`);
    await run('ffmpeg', ['-v', 'error', ...args, '-f', 'nut', path]);
    const bytes = await readFile(path);
    const expected = await asFfprobeReads(path);
    for (const size of [1, 777, 65_536]) {
      const { packets, reader } = readInChunks(size === 1 ? bytes.subarray(0, 3000) : bytes, size);
      const seen = packets.map((packet) => [packet.pts, packet.key, md5(packet.data)]);
      expect(seen).toEqual(size === 1 ? expected.slice(0, seen.length) : expected);
      expect(reader.streams).toMatchObject([stream]);
    }
  });
});

describe('malformed input', () => {
  test.each([
    ['another format', Buffer.from('FLV\x01 and so on')],
    ['a frame before any header', Buffer.concat([Buffer.from('nut/multimedia container\0'), Buffer.from([3, 0, 0])])],
    ['a wrong checksum', Buffer.concat([Buffer.from('nut/multimedia container\0'), Buffer.from('4e4d7a561f5f04ad0401020304', 'hex')])],
  ])('%s is refused with a code', (_, bytes) => {
    expect(() => new NutReader().push(bytes)).toThrow(expect.objectContaining({ code: 'bad_nut' }));
  });
});

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { annexBToAvcc, parameterSetsOf } from './h264.ts';
import { AUDIO_TIMESCALE, fragment, initSegment, mfra, type Mp4Sample, type Mp4Track, readFragmentIndex, VIDEO_TIMESCALE, walkBoxes } from './fmp4.ts';
import type { AudioPacket, VideoPacket } from './packet.ts';
import { sampleAudio, sampleVideo, TEST_EPOCH_US } from './testing/samples.ts';

const run = promisify(execFile);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fmp4-'));
});
afterAll(() => rm(folder, { recursive: true }));

function samplesOf(packets: readonly (VideoPacket | AudioPacket)[]): Mp4Sample[] {
  return packets.map((packet) =>
    packet.kind === 'video'
      ? { data: annexBToAvcc(packet.data), duration: VIDEO_TIMESCALE / 25, keyframe: packet.keyframe }
      : { data: packet.data, duration: Math.round((packet.durationUs * AUDIO_TIMESCALE) / 1_000_000), keyframe: true },
  );
}

async function makeFile(codec: 'aac' | 'opus'): Promise<{ file: Buffer; fragments: number }> {
  const video = await sampleVideo({ seconds: 3 });
  const audio = await sampleAudio(codec, 3);
  const sets = parameterSetsOf(video[0]?.data ?? Buffer.alloc(0));
  if (sets === null) throw new Error('the sample has no parameter sets');
  const sound: Mp4Track = { kind: codec, trackId: 2, channels: 2 };
  const parts = [initSegment([{ kind: 'h264', trackId: 1, ...sets }, sound])];
  for (let second = 0; second < 3; second += 1) {
    const inSecond = (packet: VideoPacket | AudioPacket): boolean => Math.floor((packet.captureUs - TEST_EPOCH_US) / 1_000_000) === second;
    const firstAudio = audio.find(inSecond);
    const audioTime = Math.round((((firstAudio?.captureUs ?? 0) - TEST_EPOCH_US) * AUDIO_TIMESCALE) / 1_000_000);
    const tracks = [
      { trackId: 1, baseDecodeTime: second * VIDEO_TIMESCALE, samples: samplesOf(video.filter(inSecond)) },
      { trackId: 2, baseDecodeTime: audioTime, samples: samplesOf(audio.filter(inSecond)) },
    ];
    parts.push(fragment({ sequence: second + 1, tracks, captureUs: TEST_EPOCH_US + second * 1_000_000 }));
  }
  return { file: Buffer.concat(parts), fragments: 3 };
}

describe.each(['aac', 'opus'] as const)('a file of H.264 and %s', (codec) => {
  test('decodes in FFmpeg without a complaint, and its index reads back', async () => {
    const { file, fragments } = await makeFile(codec);
    const index = await readFragmentIndex([file.subarray(0, 100), file.subarray(100, 5000), file.subarray(5000)]);
    expect(index.fragments).toHaveLength(fragments);
    expect(index.fragments.map((entry) => entry.baseDecodeTime)).toEqual([0, 90_000, 180_000]);
    expect(index.fragments.every((entry) => entry.keyframe && entry.durationUs === 1_000_000)).toBe(true);
    expect(index.wholeBytes).toBe(file.length);

    const path = join(folder, `${codec}.mp4`);
    const entries = index.fragments.map((entry) => ({ trackId: 1, time: entry.baseDecodeTime, moofOffset: entry.moofOffset }));
    await writeFile(path, Buffer.concat([file, mfra(entries)]));
    const decoded = await run('ffmpeg', ['-v', 'warning', '-xerror', '-i', path, '-f', 'null', '-']);
    expect(decoded.stderr).toBe('');
    const probe = await run('ffprobe', ['-v', 'error', '-count_packets', '-show_entries', 'stream=codec_name,width,channels,nb_read_packets', '-of', 'json', path]);
    expect(JSON.parse(probe.stdout)).toMatchObject({
      streams: [
        { codec_name: 'h264', width: 320, nb_read_packets: '75' },
        { codec_name: codec, channels: 2 },
      ],
    });
  });
});

test('a torn tail leaves the whole fragments in the index', async () => {
  const { file } = await makeFile('aac');
  const [, , , third] = walkBoxes(file).filter((box) => box.type !== 'mdat' && box.type !== 'prft');
  const cut = (third?.offset ?? 0) + 700;
  const index = await readFragmentIndex([file.subarray(0, cut)]);
  expect(index.fragments).toHaveLength(1);
  expect(index.wholeBytes).toBeLessThan(cut);
});

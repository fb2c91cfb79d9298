import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { FlvFromPackets, FlvReader, PacketsFromFlv } from './flv.ts';
import type { MediaPacket } from './packet.ts';
import { sampleAudio, sampleVideo, TEST_EPOCH_US } from './testing/samples.ts';

async function ffmpeg(args: readonly string[], input: Buffer): Promise<{ stdout: Buffer; stderr: string }> {
  const child = spawn('ffmpeg', ['-v', 'warning', ...args]);
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => stream.toArray() as Promise<Buffer[]>);
  child.stdin.end(input);
  return { stdout: Buffer.concat((await stdout) ?? []), stderr: Buffer.concat((await stderr) ?? []).toString() };
}

async function stream(): Promise<{ packets: MediaPacket[]; flv: Buffer }> {
  const tracks = await Promise.all([sampleVideo({ seconds: 2 }), sampleAudio('aac', 2)]);
  const packets = tracks.flat().toSorted((one, other) => one.captureUs - other.captureUs);
  const writer = new FlvFromPackets({ baseUs: TEST_EPOCH_US });
  return { packets, flv: Buffer.concat(packets.map((packet) => writer.push(packet))) };
}

test('FFmpeg decodes what is written without a complaint', async () => {
  const { flv } = await stream();
  const { stderr, stdout } = await ffmpeg(['-f', 'flv', '-i', 'pipe:0', '-f', 'framecrc', 'pipe:1'], flv);
  expect(stderr).toBe('');
  expect(stdout.toString().split('\n').filter((line) => line.startsWith('0,'))).toHaveLength(50);
});

test('what FFmpeg publishes comes back as the same packets', async () => {
  const { flv, packets } = await stream();
  const { stdout } = await ffmpeg(['-f', 'flv', '-i', 'pipe:0', '-c', 'copy', '-f', 'flv', 'pipe:1'], flv);
  const reader = new PacketsFromFlv({ epochUs: TEST_EPOCH_US, layer: '180p' });
  const back = new FlvReader().push(stdout).flatMap((tag) => reader.push(tag) ?? []);
  for (const kind of ['video', 'audio'] as const) {
    const sent = packets.filter((packet) => packet.kind === kind && packet.captureUs >= (packets.find((first) => first.kind === 'video')?.captureUs ?? 0));
    const seen = back.filter((packet) => packet.kind === kind);
    expect(seen.slice(0, 40).map(({ data }) => data)).toEqual(sent.slice(0, 40).map(({ data }) => data));
    const drift = seen.map((packet, index) => Math.abs(packet.captureUs - (sent[index]?.captureUs ?? 0)));
    expect(Math.max(...drift)).toBeLessThanOrEqual(1_000);
  }
});

test('B-frames of a foreign encoder are refused in words', async () => {
  const child = spawn('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-t', '1', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-bf', '2', '-f', 'flv', 'pipe:1']);
  const tags = new FlvReader().push(Buffer.concat((await child.stdout.toArray()) as Buffer[]));
  const reader = new PacketsFromFlv({ epochUs: TEST_EPOCH_US, layer: 'source' });
  expect(() => tags.forEach((tag) => reader.push(tag))).toThrow(expect.objectContaining({ code: 'b_frames' }));
});

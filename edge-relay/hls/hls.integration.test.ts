import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '#kit/media/clock.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import { sampleAudio, sampleVideo, TEST_EPOCH_US } from '#kit/media/testing/samples.ts';
import { asked } from './asker.ts';
import { HlsRoom } from './hls-room.ts';
import type { HlsResource } from './track-server.ts';

const run = promisify(execFile);
const room = new HlsRoom({ room: 'room-1', clock: systemClock() });
const feeding = new AbortController();

let server: FastifyInstance;
let base = '';
let fed: Promise<void>;

async function samples(): Promise<MediaPacket[]> {
  const tracks = await Promise.all([
    sampleVideo({ seconds: 14, layer: '180p' }),
    sampleVideo({ seconds: 14, layer: '90p', width: 160, height: 90 }),
    sampleAudio('aac', 14),
  ]);
  return tracks.flat().toSorted((one, other) => one.captureUs - other.captureUs);
}

/** Six seconds at once, the rest in real time. */
async function feed(packets: readonly MediaPacket[]): Promise<void> {
  const startMs = performance.now() - 6_000;
  for (const packet of packets) {
    const waitMs = (packet.captureUs - TEST_EPOCH_US) / 1000 + startMs - performance.now();
    if (waitMs > 5) await delay(waitMs);
    if (feeding.signal.aborted) return;
    room.write(packet);
  }
}

beforeAll(async () => {
  server = Fastify();
  const query = { playlist: '', part: () => 'sig=part' };
  server.get('/hls/index.m3u8', async (_, reply) => reply.type('application/vnd.apple.mpegurl').send(room.multivariant('token=t')));
  server.get<{ Params: { track: string; file: string }; Querystring: Record<string, string> }>('/hls/:track/:file', async (request, reply) => {
    const { track, file } = request.params;
    if (file !== 'index.m3u8') {
      const { body, contentType } = await asked<HlsResource>((asker) => room.resource(`${track}/${file}`, asker));
      return reply.type(contentType).send(body);
    }
    const msn = request.query['_HLS_msn'];
    const directives = msn === undefined ? {} : { msn: Number(msn), part: Number(request.query['_HLS_part'] ?? 0) };
    const playlist = await asked<HlsResource>((asker) => room.media(track, directives, query, asker));
    return reply.type('application/vnd.apple.mpegurl').send(playlist.body);
  });
  base = await server.listen({ port: 0, host: '127.0.0.1' });
  const packets = await samples();
  fed = feed(packets);
});

afterAll(async () => {
  feeding.abort();
  await fed;
  room.close();
  await server.close();
});

test('FFmpeg plays eight seconds of picture and sound without a complaint', async () => {
  await expect.poll(() => room.ready()).toBe(true);
  // Its warning about a duplicated MOOV is about itself: FFmpeg 5.1 reads the initialisation segment again at every reload.
  const { stderr, stdout } = await run('ffmpeg', [
    '-v', 'error', '-i', `${base}/hls/index.m3u8`, '-t', '8', '-map', '0:v:0', '-map', '0:a:0', '-f', 'framecrc', 'pipe:1',
  ]);
  expect(stderr).toBe('');
  const frames = stdout.split('\n').filter((line) => line.startsWith('0,'));
  expect(frames.length).toBeGreaterThanOrEqual(195);
}, 30_000);

test('a blocked request is answered when its part comes, with the bytes it announces', async () => {
  const playlist = await (await fetch(`${base}/hls/180p/index.m3u8`)).text();
  const hint = /PRELOAD-HINT:TYPE=PART,URI="(part-(\d+)\.(\d+)\.m4s[^"]*)"/.exec(playlist);
  const [, uri = '', msn = '', part = ''] = hint ?? [];
  const [later, bytes] = await Promise.all([
    fetch(`${base}/hls/180p/index.m3u8?_HLS_msn=${msn}&_HLS_part=${part}`).then((answer) => answer.text()),
    fetch(`${base}/hls/180p/${uri}`).then((answer) => answer.arrayBuffer()),
  ]);
  expect(later).toContain(`URI="${uri}"`);
  expect(Buffer.from(bytes).toString('latin1', 4, 8)).toBe('moof');
});

test.each([1, 2] as const)('FFmpeg reads the silence that stands in for sound: %s channels', async (channels) => {
  const quiet = new HlsRoom({ room: 'room-2', clock: systemClock() });
  const sound = (await sampleAudio('aac', 1)).map((packet) => ({ ...packet, channels }));
  const packets: MediaPacket[] = [...(await sampleVideo({ seconds: 8 })), ...sound.slice(0, channels === 2 ? 40 : 1)];
  for (const packet of packets.toSorted((one, other) => one.captureUs - other.captureUs)) quiet.write(packet);
  const msn = TEST_EPOCH_US / 1_000_000;
  const names = ['init-0.mp4', `segment-${msn + 2}.m4s`, `segment-${msn + 3}.m4s`];
  const files = await Promise.all(names.map((name) => asked<HlsResource>((asker) => quiet.resource(`audio/${name}`, asker))));
  quiet.close();
  const decoding = run('ffmpeg', ['-v', 'warning', '-i', 'pipe:0', '-f', 's16le', 'pipe:1'], { encoding: 'buffer', maxBuffer: 8_000_000 });
  decoding.child.stdin?.end(Buffer.concat(files.map(({ body }) => body)));
  const { stdout, stderr } = await decoding;
  expect(String(stderr)).toBe('');
  expect(stdout.length / (48_000 * 2 * channels)).toBeCloseTo(4, 1);
  expect(stdout.every((byte) => byte === 0)).toBe(true);
});

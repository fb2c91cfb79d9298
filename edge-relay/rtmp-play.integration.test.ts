/** RTMP play through the whole edge: a real encoder in, FFmpeg and GStreamer out. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startChild } from '#kit/process/child.ts';
import { commandOf, playing } from './rtmp/testing/says.ts';
import { startEdge, type TestEdge, until } from './testing/edge.ts';

const run = promisify(execFile);
const SOURCE = ['-hide_banner', '-loglevel', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25', '-re', '-f', 'lavfi', '-i', 'sine=sample_rate=48000'];
const ENCODE = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-pix_fmt', 'yuv420p', '-profile:v', 'baseline', '-c:a', 'aac', '-ar', '48000'];
const TIMEOUT_MS = 60_000;

let edge: TestEdge;
let amy = '';
const over = new AbortController();

beforeAll(async () => {
  edge = await startEdge();
  ({ amy } = await edge.seed());
  await edge.admin('PUT', 'tickets/amy/light');
  await until(() => edge.ports.rtmp() !== null);
  const url = rtmp('room-1', { key: edge.publishKey('room-1', 'encoder') });
  const encoder = startChild('ffmpeg', [...SOURCE, ...ENCODE, '-f', 'flv', url], { signal: over.signal, name: 'test-rtmp' });
  over.signal.addEventListener('abort', () => void encoder.exited);
  await until(async () => (await edge.call('GET', '/api/rooms/room-1')).json.live === true);
}, TIMEOUT_MS);
afterAll(async () => {
  over.abort();
  await edge.stop();
});
beforeEach(() => edge.admin('PUT', 'tickets/amy/light'));

const viewers = async (): Promise<number> => (await edge.call('GET', '/api/rooms/room-1')).json.viewers;

function rtmp(room: string, query: Record<string, string>): string {
  return `rtmp://127.0.0.1:${edge.ports.rtmp() ?? 0}/live/${room}?${new URLSearchParams(query).toString()}`;
}

async function address(): Promise<string> {
  const { token } = (await edge.playback(amy)).json;
  return rtmp('room-1', { token });
}

it('plays in FFmpeg with picture and sound, and counts as a viewer while it does', async () => {
  const playing = run('ffmpeg', ['-v', 'warning', '-i', await address(), '-t', '4', '-map', '0:v:0', '-map', '0:a:0', '-c', 'copy', '-f', 'framecrc', 'pipe:1']);
  await until(async () => (await viewers()) === 1);
  const [listed] = (await edge.admin('GET', 'rooms/room-1/viewers')).json.viewers;
  expect(listed).toMatchObject({ account: 'amy', figures: { protocol: 'rtmp', layer: 'source' } });
  const { stdout, stderr } = await playing;
  expect(stderr).toBe('');
  for (const [stream, least] of [['0', 95], ['1', 180]] as const) {
    const times = stdout.split('\n').filter((line) => line.startsWith(`${stream},`)).map((line) => Number(line.split(',')[1]));
    expect(times.length).toBeGreaterThanOrEqual(least);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  }
  await until(async () => (await viewers()) === 0);
}, TIMEOUT_MS);

it('plays in GStreamer, decoded to the last', async () => {
  const script = join(import.meta.dirname, 'testing/play-flv.py');
  const { stdout, stderr } = await run('/usr/bin/python3', [script, await address(), '75'], { env: { ...process.env, GST_DEBUG: '1' } });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/pictures \d+\nsound \d+/);
  await until(async () => (await viewers()) === 0);
}, TIMEOUT_MS);

it('is over the moment the ticket is gone', async () => {
  const player = startChild('ffmpeg', ['-v', 'error', '-i', await address(), '-c', 'copy', '-f', 'null', '-'], { signal: over.signal, name: 'test-player' });
  await until(async () => (await viewers()) === 1);
  await edge.admin('DELETE', 'tickets/amy/light');
  await player.exited;
  await until(async () => (await viewers()) === 0);
}, TIMEOUT_MS);

it('is over for a player that takes nothing, whatever it says', async () => {
  // So much that all there is between them to hold it is full at once.
  const loud = ['-f', 'lavfi', '-i', 'nullsrc=size=640x360:rate=10,noise=alls=100:allf=t', '-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '4', '-g', '5', '-bf', '0', '-pix_fmt', 'yuv420p'];
  const url = rtmp('room-2', { key: edge.publishKey('room-2', 'loud') });
  const encoder = startChild('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-re', ...loud, '-f', 'flv', url], { signal: over.signal, name: 'test-loud' });
  await until(async () => (await edge.call('GET', '/api/rooms/room-2')).json.live === true);
  await edge.admin('PUT', 'tickets/amy/guest');
  const { token } = (await edge.playback(amy, 'room-2')).json;
  const player = connect(edge.ports.rtmp() ?? 0, '127.0.0.1').on('error', () => undefined);
  player.write(playing(`room-2?token=${token}`));
  let told = '';
  while (!told.includes('Started playing')) {
    await once(player, 'readable');
    told += String(player.read());
  }
  // Not read from here on: that the other side is gone shows in what is written to it.
  const talking = setInterval(() => player.write(commandOf(0, 'createStream', 9, null)), 100);
  await until(() => player.destroyed, 40_000);
  clearInterval(talking);
  encoder.process.kill();
  await encoder.exited;
}, TIMEOUT_MS);

it.each([
  ['no token', async () => rtmp('room-1', {})],
  ['nonsense for a token', async () => rtmp('room-1', { token: 'nonsense' })],
  ['a publishing key for a token', async () => rtmp('room-1', { token: edge.publishKey('room-1') })],
  ['a token for another room', async () => rtmp('room-2', { token: (await edge.playback(amy)).json.token })],
  ['another application', async () => (await address()).replace('/live/', '/other/')],
])('is for ticket holders: refuses a player that has %s', async (_, url) => {
  const player = await startChild('ffmpeg', ['-v', 'error', '-i', await url(), '-t', '1', '-f', 'null', '-'], { signal: over.signal, name: 'test-player' }).exited;
  expect(player.code).not.toBe(0);
  expect(await viewers()).toBe(0);
}, TIMEOUT_MS);

/** HTTP-FLV through the whole edge: a real encoder in, FFmpeg, GStreamer and readers of our own out. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FLV_TAG, FlvReader, type FlvTag } from '#kit/media/flv.ts';
import { startChild } from '#kit/process/child.ts';
import { MOST_QUEUED_WITH_SOUND_BYTES } from './flv/pace.ts';
import { startEdge, type TestEdge, until } from './testing/edge.ts';

const run = promisify(execFile);
const SOURCE = ['-hide_banner', '-loglevel', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25', '-re', '-f', 'lavfi', '-i', 'sine=sample_rate=48000'];
const ENCODE = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-pix_fmt', 'yuv420p', '-profile:v', 'baseline', '-c:a', 'aac', '-ar', '48000'];
/** Each picture of the same size, so that a viewer who does not read is soon far behind. */
const HEAVY = ['-b:v', '16M', '-minrate', '16M', '-maxrate', '16M', '-bufsize', '2M', '-nal-hrd', 'cbr'];

let edge: TestEdge;
let amy = '';

beforeAll(async () => {
  edge = await startEdge();
  ({ amy } = await edge.seed());
  await until(() => edge.ports.rtmp() !== null);
});
afterAll(() => edge.stop());
beforeEach(() => edge.admin('PUT', 'tickets/amy/light'));

function publish(more: readonly string[] = []) {
  const over = new AbortController();
  const url = `rtmp://127.0.0.1:${edge.ports.rtmp() ?? 0}/live/room-1?key=${edge.publishKey('room-1', 'encoder')}`;
  const child = startChild('ffmpeg', [...SOURCE, ...ENCODE, ...more, '-f', 'flv', url], { signal: over.signal, name: 'test-rtmp' });
  const stop = async (): Promise<void> => {
    over.abort();
    await child.exited;
  };
  return { stop };
}

const viewers = async (): Promise<number> => (await edge.call('GET', '/api/rooms/room-1')).json.viewers;
const metric = async (name: string): Promise<number> => Number(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'm').exec((await edge.call('GET', '/metrics')).text)?.[1]);

async function address(): Promise<string> {
  const { flv } = (await edge.playback(amy)).json;
  return `${edge.url}${new URL(flv).pathname}${new URL(flv).search}`;
}

/** Resolves when there is something to see. */
async function onAir(): Promise<void> {
  await edge.admin('PUT', 'tickets/amy/light');
  const url = await address();
  await until(async () => {
    const { response, reader } = await get(url);
    reader.leave();
    return response.statusCode === 200;
  });
  await until(async () => (await viewers()) === 0);
}

/** A viewer of our own, who reads from the beginning or when told to. */
class Reader {
  readonly tags: FlvTag[] = [];
  readonly ended: Promise<void>;
  readonly #response: IncomingMessage;
  readonly #flv = new FlvReader();

  constructor(response: IncomingMessage) {
    this.#response = response;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    response.once('close', () => resolve()).on('error', () => response.destroy());
  }

  read(): this {
    this.#response.on('data', (chunk: Buffer) => void this.tags.push(...this.#flv.push(chunk)));
    return this;
  }

  leave(): void {
    this.#response.destroy();
  }

  times(type: number): number[] {
    return this.tags.filter((tag) => tag.type === type && tag.data[1] === 1).map(({ timestampMs }) => timestampMs);
  }

  get pictures(): FlvTag[] {
    return this.tags.filter(({ type, data }) => type === FLV_TAG.video && data[1] === 1);
  }
}

async function get(url: string): Promise<{ response: IncomingMessage; reader: Reader }> {
  const request = httpRequest(url, { agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { response, reader: new Reader(response) };
}

const rising = (times: readonly number[]): boolean => times.every((time, at) => at === 0 || time > (times[at - 1] ?? Infinity));

/** Somebody who has been watching for a while: who comes now does not begin at 0. */
async function early(): Promise<Reader> {
  const { reader } = await get(await address());
  reader.read();
  await until(() => reader.pictures.length > 60);
  return reader;
}

describe('a class over HTTP-FLV', { timeout: 120_000 }, () => {
  let encoder: ReturnType<typeof publish>;
  beforeAll(async () => {
    encoder = publish();
    await onAir();
  });
  afterAll(() => encoder.stop());

  it('plays in FFmpeg with picture and sound, and without a complaint; the viewer is counted while it plays', async () => {
    const reader = await early();
    const playing = run('ffmpeg', ['-v', 'warning', '-i', await address(), '-t', '5', '-map', '0:v:0', '-map', '0:a:0', '-c', 'copy', '-f', 'framecrc', 'pipe:1']);
    await until(async () => (await viewers()) === 2);
    expect(await metric('edge_viewers_flv')).toBe(2);
    const { stdout, stderr } = await playing;
    expect(stderr).toBe('');
    for (const [stream, least] of [['0', 120], ['1', 225]] as const) {
      const times = stdout.split('\n').filter((line) => line.startsWith(`${stream},`)).map((line) => Number(line.split(',')[1]));
      expect(times.length).toBeGreaterThanOrEqual(least);
      expect(rising(times)).toBe(true);
    }
    reader.leave();
    await until(async () => (await viewers()) === 0);
  });

  it('plays in GStreamer, decoded to the last', async () => {
    const reader = await early();
    const { stdout, stderr } = await run('/usr/bin/python3', [join(import.meta.dirname, 'testing/play-flv.py'), await address(), '75'], { env: { ...process.env, GST_DEBUG: '1' } });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/pictures \d+\nsound \d+/);
    reader.leave();
    await until(async () => (await viewers()) === 0);
  });

  it('has a picture in its first bytes, at 0, and says how it is to be kept', async () => {
    const { response, reader } = await get(await address());
    const { headers } = response;
    expect([headers['content-type'], headers['cache-control'], headers['access-control-allow-origin'], headers['transfer-encoding']]).toEqual(['video/x-flv', 'no-store', '*', undefined]);
    reader.read();
    await until(() => reader.pictures.length > 30);
    expect(reader.pictures[0]).toMatchObject({ timestampMs: 0 });
    expect(reader.pictures[0]?.data[0]).toBe(0x17);
    expect([rising(reader.times(FLV_TAG.video)), rising(reader.times(FLV_TAG.audio))]).toEqual([true, true]);
    reader.leave();
    await until(async () => (await viewers()) === 0);
  });

  it('goes on when the publisher went and came back', async () => {
    const { reader } = await get(await address());
    reader.read();
    await until(() => reader.pictures.length > 10);
    await encoder.stop();
    await until(async () => (await edge.call('GET', '/api/rooms/room-1', { bearer: edge.publishKey('room-1') })).json.ingest.protocol === 'none');
    const before = reader.pictures.length;
    encoder = publish();
    await until(() => reader.pictures.length > before + 50);
    const times = reader.times(FLV_TAG.video);
    expect(rising(times)).toBe(true);
    expect(Math.max(...times.map((time, at) => time - (times[at - 1] ?? time)))).toBeLessThan(1_000);
    expect(reader.tags.filter(({ type, data }) => type === FLV_TAG.video && data[1] === 0).length).toBe(2);
    reader.leave();
    await until(async () => (await viewers()) === 0);
  });

  it('is for ticket holders, three at a time, and over the moment the ticket is gone', async () => {
    const url = await address();
    expect((await edge.call('GET', '/flv/room-1.flv')).status).toBe(401);
    expect((await edge.call('GET', url.replace('room-1', 'room-2'))).status).toBe(403);
    const watching = [await get(url), await get(url), await get(url)].map(({ reader }) => reader.read());
    expect((await edge.call('GET', url)).json.error.code).toBe('too_many_viewers');
    await until(() => watching.every(({ pictures }) => pictures.length > 0));
    await edge.admin('DELETE', 'tickets/amy/light');
    await Promise.all(watching.map(({ ended }) => ended));
    const refused = await edge.call('GET', url);
    expect([refused.status, refused.json.error.code, refused.headers.get('access-control-allow-origin')]).toEqual([403, 'ticket_revoked', '*']);
    await until(async () => (await viewers()) === 0);
  });
});

describe('viewers who do not read', { timeout: 120_000 }, () => {
  let encoder: ReturnType<typeof publish>;
  beforeAll(async () => {
    encoder = publish(HEAVY);
    await onAir();
  });
  afterAll(() => encoder.stop());

  it('are bounded: who reads again goes on with a keyframe, who never does is let go', async () => {
    const [late, never] = [await get(await address()), await get(await address())];
    await until(async () => (await metric('edge_flv_pictures_left_out')) > 0, 40_000);
    expect(await metric('edge_flv_queued_bytes')).toBeLessThan(2 * (MOST_QUEUED_WITH_SOUND_BYTES + 1024 * 1024));
    late.reader.read();
    await until(async () => (await metric('edge_flv_viewers_let_go')) === 1, 40_000);
    never.reader.leave();
    const { reader } = late;
    const gapAt = await until(() => {
      const at = reader.pictures.findIndex(({ timestampMs }, index) => timestampMs - (reader.pictures[index - 1]?.timestampMs ?? timestampMs) > 200);
      return at > 0 ? at : null;
    });
    expect(reader.pictures[gapAt]?.data[0]).toBe(0x17);
    expect([rising(reader.times(FLV_TAG.video)), rising(reader.times(FLV_TAG.audio))]).toEqual([true, true]);
    reader.leave();
    await until(async () => (await viewers()) === 0);
  });
});

it('ends its responses when the edge is closed, and has none where nothing is sent', { timeout: 60_000 }, async () => {
  const other = await startEdge();
  const { amy: student } = await other.seed();
  const { flv } = (await other.playback(student)).json;
  const url = `${other.url}${new URL(flv).pathname}${new URL(flv).search}`;
  expect((await other.call('GET', url)).json.error).toMatchObject({ code: 'not_live', details: { retryAfterMs: 2_000 } });
  await until(() => other.ports.rtmp() !== null);
  const over = new AbortController();
  const rtmp = `rtmp://127.0.0.1:${other.ports.rtmp() ?? 0}/live/room-1?key=${other.publishKey('room-1', 'encoder')}`;
  const child = startChild('ffmpeg', [...SOURCE, ...ENCODE, '-f', 'flv', rtmp], { signal: over.signal, name: 'test-rtmp' });
  await until(async () => (await other.call('GET', '/api/rooms/room-1')).json.live);
  const { reader } = await get(url);
  reader.read();
  await until(() => reader.pictures.length > 0);
  await other.stop();
  await reader.ended;
  over.abort();
  await child.exited;
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#kit/media/clock.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import { startChild } from '#kit/process/child.ts';
import { createLog } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { createTokenKeys, signToken } from '#kit/process/tokens.ts';
import { EDGE_AUDIENCE } from '../contract/access.ts';
import { RoomBus } from '../rooms/room-bus.ts';
import { RtmpIngest } from './ingest.ts';
import { playing } from './testing/says.ts';

const campus = createTokenKeys();
const stop = new AbortController();
const packets: { room: string; packet: MediaPacket }[] = [];
const bus = new RoomBus(systemClock(), (room) => {
  room.attach({ name: 'test', publisherChanged: () => undefined, write: (packet) => void packets.push({ room: room.name, packet }) });
});
const log = createLog('test');
log.level = 'silent';
/** Lets every player in, and has nothing to show. */
const edge = createServer((_request, response) => response.flushHeaders()).listen(0, '127.0.0.1');
const edgeUrl = (): string => `http://127.0.0.1:${(edge.address() as AddressInfo).port}`;
const ingest = new RtmpIngest({ host: '127.0.0.1', port: 0, edgeUrl, publicKeyPem: () => campus.publicKeyPem, admit: () => undefined, bus, clock: systemClock(), log });
let running: Promise<void> = Promise.resolve();

beforeAll(async () => {
  running = supervise('rtmp', (signal) => ingest.run(signal), { signal: stop.signal, log });
  await until(() => ingest.port !== null);
});
afterAll(async () => {
  stop.abort();
  await running;
  edge.close();
});

function key(claims: object = {}): string {
  const exp = Math.floor(Date.now() / 1000) + 60;
  return signToken({ iss: 'campus', aud: EDGE_AUDIENCE, sub: 'box-1', scope: 'publish', room: 'room-1', exp, ...claims }, campus.privateKeyPem);
}

/** A real encoder: two seconds of picture and sound. */
async function publish(path: string, video: string[] = ['-bf', '0'], seconds = 2) {
  const child = startChild('ffmpeg', [
    '-hide_banner', '-loglevel', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-f', 'lavfi', '-i', 'sine=sample_rate=48000',
    '-t', String(seconds), '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', ...video, '-c:a', 'aac', '-ar', '48000',
    '-f', 'flv', `rtmp://127.0.0.1:${ingest.port ?? 0}/${path}`,
  ], { signal: stop.signal, name: 'test-publisher' });
  return child.exited;
}

async function until(condition: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come to pass in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('RTMP', { timeout: 90_000 }, () => {
  it('carries an encoder\'s picture and sound into its room', async () => {
    packets.length = 0;
    const exit = await publish(`live/room-1?key=${key()}`);
    expect(exit.code).toBe(0);
    await until(() => bus.room('room-1').idleMs() !== null);
    const kinds = packets.map(({ packet }) => packet.codec);
    expect(kinds.filter((codec) => codec === 'h264').length).toBeGreaterThan(40);
    expect(kinds.filter((codec) => codec === 'aac').length).toBeGreaterThan(60);
    expect(packets.every(({ room }) => room === 'room-1')).toBe(true);
    expect(bus.room('room-1').ingest().delayMs).toBeLessThan(3_000);
  });

  it('carries GStreamer\'s picture and sound into its room', async () => {
    packets.length = 0;
    const script = join(import.meta.dirname, '../testing/publish-rtmp.py');
    const url = `rtmp://127.0.0.1:${ingest.port ?? 0}/live/room-1?key=${key()}`;
    const exit = await startChild('/usr/bin/python3', [script, url, '50'], { signal: stop.signal, name: 'test-publisher' }).exited;
    expect([exit.code, exit.lastWords]).toEqual([0, '']);
    await until(() => bus.room('room-1').idleMs() !== null);
    const of = (codec: string): MediaPacket[] => packets.flatMap(({ packet }) => (packet.codec === codec ? [packet] : []));
    expect([of('h264').length > 40, of('aac').length > 80, of('h264')[0]]).toMatchObject([true, true, { keyframe: true }]);
  });

  it.each([
    ['no key', () => 'live/room-1', 'Publishing needs a key'],
    ['nonsense for a key', () => 'live/room-1?key=nonsense', 'not valid here'],
    ['an expired key', () => `live/room-1?key=${key({ exp: 1 })}`, 'expired'],
    ['a key for another room', () => `live/room-2?key=${key()}`, 'This key is for another room'],
    ['a key that is not for publishing', () => `live/room-1?key=${key({ scope: 'admin', room: undefined })}`, 'This key is not for publishing'],
    ['another application', () => `other/room-1?key=${key()}`, 'This key is for another room'],
  ])('lets no frame of a publisher through that has %s, and says so', async (_, path, words) => {
    packets.length = 0;
    const exit = await publish(path());
    expect(exit.code).not.toBe(0);
    expect(exit.lastWords).toContain(words);
    expect(packets).toEqual([]);
  });

  it('refuses B-frames with words', async () => {
    const exit = await publish(`live/room-1?key=${key()}`, ['-preset', 'medium', '-bf', '2', '-b_strategy', '0'], 6);
    expect(exit.code).not.toBe(0);
    expect(exit.lastWords).toContain('This stream has B-frames, which stutter live. Set the encoder to 0 B-frames');
    await until(() => bus.room('room-1').idleMs() !== null);
  });

  it('refuses a second publisher while the first goes on', async () => {
    const first = publish(`live/room-1?key=${key()}`, ['-bf', '0'], 4);
    await until(() => bus.room('room-1').live && bus.room('room-1').owner === 'box-1');
    packets.length = 0;
    const second = await publish(`live/room-1?key=${key({ sub: 'box-2' })}`);
    expect(second.code).not.toBe(0);
    expect(second.lastWords).toContain('Server error: ');
    expect((await first).code).toBe(0);
    expect(packets.length).toBeGreaterThan(25);
  });

  it('survives a malformed address, random bytes and a flood of claimed lengths', async () => {
    const port = ingest.port ?? 0;
    for (const attack of [malformedAddress(), Buffer.alloc(4_000, 0x5a), claimedLengths()]) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.on('error', () => undefined).resume();
      socket.end(Buffer.concat([Buffer.from([3]), Buffer.alloc(1_536), Buffer.alloc(1_536), attack]));
      await once(socket, 'close');
    }
    packets.length = 0;
    expect((await publish(`live/room-1?key=${key()}`)).code).toBe(0);
    expect(packets.length).toBeGreaterThan(100);
  });
});

it('lets one address have 32 connections that show no key', async () => {
  const strangers = Array.from({ length: 40 }, () => connect(ingest.port ?? 0, '127.0.0.1'));
  const count = (state: string): number => strangers.filter(({ readyState }) => readyState === state).length;
  for (const stranger of strangers) stranger.on('error', () => undefined).resume();
  await until(() => count('open') === 32 && count('closed') === 8);
  for (const stranger of strangers) stranger.destroy();
  packets.length = 0;
  expect((await publish(`live/room-1?key=${key()}`)).code).toBe(0);
}, 30_000);

/** Resolves with what it was told: that the stream begins, or why not. */
async function play(): Promise<{ readonly player: Socket; readonly told: string }> {
  const player = connect(ingest.port ?? 0, '127.0.0.1').on('error', () => undefined);
  player.write(playing('room-1?token=t'));
  let told = '';
  player.on('data', (chunk: Buffer) => (told += chunk.toString('latin1')));
  await until(() => player.closed || /Started playing|StreamNotFound/.test(told));
  return { player, told };
}

it('lets 200 play at most, and keeps the other connections for encoders', async () => {
  const players: Socket[] = [];
  for (let batch = 0; batch < 10; batch += 1) {
    const let20In = await Promise.all(Array.from({ length: 20 }, play));
    expect(let20In.filter(({ told }) => told.includes('Started playing'))).toHaveLength(20);
    players.push(...let20In.map(({ player }) => player));
  }
  const late = await play();
  expect(late.told).toContain('Too many players');
  packets.length = 0;
  expect((await publish(`live/room-1?key=${key()}`)).code).toBe(0);
  expect(packets.length).toBeGreaterThan(100);
  const [first] = players;
  first?.destroy();
  await until(async () => (await play()).told.includes('Started playing'));
  for (const player of players) player.destroy();
}, 60_000);

/** `connect` with a tcUrl that is no URL: ends a bare node-media-server. */
function malformedAddress(): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
  const body = Buffer.concat([
    Buffer.from([2]), text('connect'), Buffer.from([0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]), Buffer.from([3]),
    text('app'), Buffer.from([2]), text('live'), text('tcUrl'), Buffer.from([2]), text('::not a url::'), Buffer.from([0, 0, 9]),
  ]);
  return Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 0, body.length, 20, 0, 0, 0, 0]), body]);
}

/** Chunk headers that each claim 16 MB. */
function claimedLengths(): Buffer {
  return Buffer.concat(Array.from({ length: 60 }, (_, index) => Buffer.from([3 + index, 0, 0, 0, 0xff, 0xff, 0xff, 9, 0, 0, 0, 0, ...Array<number>(128).fill(0)])));
}

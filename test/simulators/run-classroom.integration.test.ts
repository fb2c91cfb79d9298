import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { SerialPort } from 'serialport';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { OnvifCamera } from '#appliance/cameras/onvif/onvif-camera.ts';
import { findBeeps } from '../reading/marks.ts';
import { grayPicture } from '../reading/pictures.ts';
import { readTimecode } from '../reading/timecode.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { newViews } from './onvif/rig.ts';
import { ROOM_ACCOUNT } from './onvif/room-camera.ts';
import type { ClassroomAddresses } from './options.ts';
import { runClassroom } from './run-classroom.ts';

const [WIDTH, HEIGHT] = [1280, 720];
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'classroom-'));
const stop = new AbortController();
let room: ClassroomAddresses;
let ended: Promise<void>;

beforeAll(async () => {
  const ready = Promise.withResolvers<ClassroomAddresses>();
  const options = {
    host: '127.0.0.1',
    ports: { rtsp: 0, viscaTcp: 0, viscaUdp: 0, viscaIpUdp: 0, control: 0, onvif: 0 },
    serialLink: join(folder, 'visca'),
    // Drawn once for every run of the checks: it takes some 20 s.
    cacheDir: join(import.meta.dirname, '../../.lectern/cache'),
    cameraFps: 25,
  };
  ended = runClassroom(options, stop.signal, { log: pino({ level: 'silent' }), onReady: ready.resolve });
  room = await Promise.race([ready.promise, ended.then(() => Promise.reject(new Error('the classroom closed')))]);
}, 120_000);

afterAll(async () => {
  stop.abort();
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

test.each(['tcp', 'udp'])('the camera comes over RTSP by %s with the present time in its strip', async (transport) => {
  const time = readTimecode(grayPicture(await cameraFrame(transport), WIDTH, HEIGHT));
  expect(time).not.toBeNull();
  expect(Math.abs(Date.now() - (time ?? 0))).toBeLessThan(2_000);
});

test('the slides are there and readable: dark on light, or light on dark', async () => {
  const luma = await frameOf('slides', 'tcp');
  expect(luma.some((level) => level > 200) && luma.some((level) => level < 60)).toBe(true);
});

test('the microphone speaks at about -20 dBFS and beeps every five seconds', async () => {
  const args = ['-v', 'error', '-rtsp_transport', 'tcp', '-i', `${room.rtsp}/mic`, '-t', '11', '-f', 'f32le', '-'];
  const { stdout } = await run('ffmpeg', args, { encoding: 'buffer', maxBuffer: 8e6 });
  const samples = new Float32Array(new Uint8Array(stdout).buffer);
  const level = 10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  expect(level).toBeGreaterThan(-24);
  expect(level).toBeLessThan(-16);
  const [first = 0, second = 0] = findBeeps(samples, 48_000);
  expect(Math.abs(second - first - 240_000)).toBeLessThan(96);
});

test('driven over TCP, the head turns and its picture with it', async () => {
  const before = await cameraFrame('tcp');
  const camera = connect(room.viscaTcp, '127.0.0.1');
  camera.write(bytes('81 01 06 02 18 14 0f 0e 0e 00 00 00 05 00 ff'));
  expect(await completions(camera)).toBe('9041ff9051ff');
  camera.write(bytes('81 09 06 12 ff'));
  expect((await once(camera, 'data'))[0].toString('hex')).toBe('90500f0e0e0000000500ff');
  camera.destroy();
  // The picture is told of the motors' rest a tick after the camera has said so.
  await expect.poll(async () => (await truth()).viewport.panDeg).toBeCloseTo(-20, 1);
  const after = await cameraFrame('tcp');
  expect(difference(before, after)).toBeGreaterThan(12);
  expect(readTimecode(grayPicture(after, WIDTH, HEIGHT))).not.toBeNull();
});

test('answers on raw UDP, over IP and on the serial line', async () => {
  expect(await asked(room.viscaUdp, bytes('81 09 04 00 ff'))).toBe('905002ff');
  expect(await asked(room.viscaIpUdp, bytes('01 10 00 05 00 00 00 07 81 09 04 00 ff'))).toBe('0111000400000007905002ff');
  expect(await asked(room.viscaIpUdp, bytes('02 00 00 01 00 00 00 00 01'))).toBe('020100010000000001');
  const port = new SerialPort({ path: room.serial ?? '', baudRate: 9600, lock: false });
  port.write(bytes('88 30 01 ff'));
  const [answer] = (await once(port, 'data')) as [Buffer];
  expect(answer.toString('hex')).toBe('883002ff');
  await new Promise<void>((done) => port.close(() => done()));
});

test('the same head and picture are an ONVIF camera', async () => {
  const camera = new OnvifCamera({
    id: 'camera', config: { url: `http://127.0.0.1:${room.onvif}`, maxZoom: 4 }, credentials: () => ROOM_ACCOUNT, views: newViews(), clock: { nowMs: () => Date.now() }, log: pino({ level: 'silent' }),
  });
  const leave = new AbortController();
  const running = supervise('camera', (signal) => camera.run(signal), { signal: leave.signal, log: pino({ level: 'silent' }), maxDelayMs: 500 });
  await vi.waitFor(() => camera.execute({ type: 'move-to', panDeg: 12, tiltDeg: 0, zoom: 1 }), { timeout: 20_000 });
  await vi.waitFor(async () => expect((await truth()).viewport.panDeg).toBeCloseTo(12, 1), { timeout: 20_000 });
  expect(new URL(await camera.streamAddress()).host).toBe(new URL(room.rtsp).host);
  const still = await camera.still();
  expect([still.subarray(0, 3).toString('hex'), still.length > 10_000]).toEqual(['ffd8ff', true]);
  leave.abort();
  await running;
});

test('a frozen camera goes on sending, always the same instant', async () => {
  await fault({ rtsp: 'freeze' });
  const frozen = await strip();
  expect(await strip()).toBe(frozen);
  await fault({ rtsp: null });
  expect((await strip()) ?? 0).toBeGreaterThan(frozen ?? Infinity);
});

test('a killed renderer stays away until the fault is lifted, then comes back on the same port', async () => {
  await fault({ rtsp: 'kill' });
  await until(async () => (await fetch(control('healthz'))).status === 503);
  await expect(cameraFrame('tcp')).rejects.toThrow();
  expect((await fetch(control('truth'))).status).toBe(503);
  await fault({ rtsp: null });
  await until(async () => (await fetch(control('healthz'))).ok);
  expect(await cameraFrame('tcp')).toHaveLength(WIDTH * HEIGHT);
});

test('a bad fault is refused with its place', async () => {
  const answer = await fetch(control('faults'), { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"rtsp":"explode"}' });
  expect(answer.status).toBe(400);
});

async function strip(): Promise<number | null> {
  return readTimecode(grayPicture(await cameraFrame('tcp'), WIDTH, HEIGHT));
}

function cameraFrame(transport: string): Promise<Uint8Array> {
  return frameOf('camera', transport);
}

async function frameOf(name: string, transport: string): Promise<Uint8Array> {
  const args = ['-v', 'error', '-rtsp_transport', transport, '-i', `${room.rtsp}/${name}`, '-frames:v', '1', '-pix_fmt', 'gray', '-f', 'rawvideo', '-'];
  const { stdout } = await run('ffmpeg', args, { encoding: 'buffer', maxBuffer: 4e6, timeout: 20_000 });
  return stdout;
}

/** Mean difference of the middle of two pictures. */
function difference(one: Uint8Array, other: Uint8Array): number {
  let sum = 0;
  for (let at = 100 * WIDTH; at < 500 * WIDTH; at++) sum += Math.abs((one[at] ?? 0) - (other[at] ?? 0));
  return sum / (400 * WIDTH);
}

async function completions(camera: Socket): Promise<string> {
  let heard = '';
  for await (const chunk of camera.iterator({ destroyOnReturn: false })) {
    heard += (chunk as Buffer).toString('hex');
    if (heard.endsWith('9051ff')) break;
  }
  return heard;
}

async function asked(port: number, packet: Buffer): Promise<string> {
  const socket = createSocket('udp4');
  try {
    socket.send(packet, port, '127.0.0.1');
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(3_000) })) as [Buffer];
    return answer.toString('hex');
  } finally {
    socket.close();
  }
}

async function truth(): Promise<{ viewport: { panDeg: number } }> {
  return (await fetch(control('truth'))).json() as Promise<{ viewport: { panDeg: number } }>;
}

async function fault(body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(control('faults'), { method: 'POST', headers, body: JSON.stringify(body) })).ok).toBe(true);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it never came to be');
    await new Promise((done) => setTimeout(done, 50));
  }
}

function control(path: string): string {
  return `http://127.0.0.1:${room.control}/${path}`;
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

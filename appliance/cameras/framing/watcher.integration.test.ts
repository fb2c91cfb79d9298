import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { monotonicUs } from '#kit/media/clock.ts';
import type { ClassroomAddresses } from '#test/simulators/options.ts';
import { runClassroom } from '#test/simulators/run-classroom.ts';
import { frameBytes } from '../../gate/i420.ts';
import { LOOK_HEADER_BYTES, writeLookHeader } from '../../gate/look-protocol.ts';
import type { FromWatcher } from './protocol.ts';
import { Watcher } from './watcher.ts';

/** A process that loads a model on a busy machine. */
const WAIT = { timeout: 90_000, interval: 50 };
const SIZE = { width: 640, height: 360 };
const EMPTY = Buffer.alloc(frameBytes(SIZE), 128);
const folder = mkdtempSync(join(tmpdir(), 'framing-'));
const stop = new AbortController();
const heard: FromWatcher[] = [];
const path = join(folder, 'look.sock');
// Not last in line here: beside other checks it might never get to the end of it.
const watcher = new Watcher(path, (message) => void heard.push(message), constants.priority.PRIORITY_NORMAL);

let picture: Buffer;
let running: Promise<void> = Promise.resolve();
const peers = new Set<Socket>();
/** What the gate is to who looks: a picture for each byte. */
const gate: Server = createServer((peer) => {
  peers.add(peer);
  peer.on('error', () => undefined);
  peer.on('data', () => {
    const header = Buffer.alloc(LOOK_HEADER_BYTES);
    writeLookHeader(header, { ...SIZE, arrivedUs: monotonicUs() });
    peer.write(Buffer.concat([header, picture]));
  });
});

beforeAll(async () => {
  picture = await photograph();
  gate.listen(path);
  running = watcher.run(stop.signal);
}, 180_000);

afterAll(async () => {
  stop.abort();
  await running;
  for (const peer of peers) peer.destroy();
  gate.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The simulated room at its widest, with the photographed lecturer in it. */
async function photograph(): Promise<Buffer> {
  const leave = new AbortController();
  const ready = Promise.withResolvers<ClassroomAddresses>();
  // Drawn once for every run of the checks: it takes some 20 s.
  const cacheDir = join(import.meta.dirname, '../../../.lectern/cache');
  const ports = { rtsp: 0, viscaTcp: 0, viscaUdp: 0, viscaIpUdp: 0, control: 0 };
  const room = runClassroom({ host: '127.0.0.1', ports, cacheDir, cameraFps: 25 }, leave.signal, { log: pino({ level: 'silent' }), onReady: ready.resolve });
  try {
    const { rtsp } = await Promise.race([ready.promise, room.then(() => Promise.reject(new Error('the classroom closed')))]);
    const args = ['-v', 'error', '-rtsp_transport', 'tcp', '-i', `${rtsp}/camera`, '-frames:v', '1', '-vf', `scale=${SIZE.width}:${SIZE.height}`, '-pix_fmt', 'yuv420p', '-f', 'rawvideo', '-'];
    return (await promisify(execFile)('ffmpeg', args, { encoding: 'buffer', maxBuffer: 8e6 })).stdout;
  } finally {
    leave.abort();
    await room;
  }
}

type Looked = Extract<FromWatcher, { type: 'looked' }>;

function lookedAt(): Looked[] {
  return heard.filter((message): message is Looked => message.type === 'looked');
}

test('loads the detector from the packages that are installed, without a network, and rests until told', async () => {
  await vi.waitFor(() => expect(heard[0]).toEqual({ type: 'ready', detector: 'movenet', problem: '' }), WAIT);
  expect(lookedAt()).toEqual([]);
}, 120_000);

test('finds the photographed lecturer, whose head is in the upper half wherever he walks, and nobody in an empty picture', async () => {
  watcher.pace(40);
  await vi.waitFor(() => expect(lookedAt().length).toBeGreaterThanOrEqual(3), WAIT);
  const person = lookedAt().at(-1)?.person;
  expect(person?.head.x).toBeGreaterThan(0.2);
  expect(person?.head.x).toBeLessThan(0.9);
  expect(person?.head.y).toBeGreaterThan(0.25);
  expect(person?.head.y).toBeLessThan(0.45);
  expect(person?.size).toBeGreaterThan(0.08);
  picture = EMPTY;
  await vi.waitFor(() => expect(lookedAt().at(-1)?.person).toBeNull(), WAIT);
}, 200_000);

test('says when no picture comes, and looks again when one does', async () => {
  for (const peer of peers) peer.destroy();
  peers.clear();
  gate.close();
  await vi.waitFor(() => expect(heard.at(-1)).toEqual({ type: 'blind' }), WAIT);
  gate.listen(path);
  await vi.waitFor(() => expect(heard.at(-1)?.type).toBe('looked'), WAIT);
}, 200_000);

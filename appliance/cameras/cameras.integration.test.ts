import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLog } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { FaultyLine } from '#test/simulators/visca/faults.ts';
import { MAX_ZOOM, PtzHead } from '#test/simulators/visca/head.ts';
import { runMotors } from '#test/simulators/visca/motor-loop.ts';
import { serveSerial } from '#test/simulators/visca/serial-line.ts';
import { serveTcp } from '#test/simulators/visca/tcp-server.ts';
import { serveOverIp, serveUdp } from '#test/simulators/visca/udp-server.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ViscaConfig } from '../config/appliance-config.ts';
import { CameraDesk } from './camera-desk.ts';
import { cameraFrom } from './open-camera.ts';

/** A busy machine is slow, not wrong. */
const WAIT = { timeout: 20_000 };
const log = createLog('test');
log.level = 'silent';
const clock = { nowMs: () => Date.now() };
const HOST = '127.0.0.1';

let stop: AbortController;
let head: PtzHead;
let line: FaultyLine;
let running: Promise<unknown>[];
let folder: string;

beforeEach(() => {
  stop = new AbortController();
  head = new PtzHead(Date.now());
  line = new FaultyLine();
  folder = mkdtempSync(path.join(tmpdir(), 'visca-'));
  running = [runMotors(head, () => undefined, stop.signal)];
});

afterEach(async () => {
  stop.abort();
  await Promise.allSettled(running);
  rmSync(folder, { recursive: true, force: true });
});

async function serve(transport: ViscaConfig['transport']): Promise<ViscaConfig> {
  const at = { host: HOST, port: 0 };
  if (transport === 'serial') {
    const link = path.join(folder, 'line');
    await new Promise<void>((resolve) => running.push(serveSerial(head, line, link, stop.signal, resolve)));
    return { transport, path: link, baud: 9600, maxZoom: MAX_ZOOM };
  }
  const server = { tcp: serveTcp, udp: serveUdp, ip: serveOverIp }[transport];
  return { transport, address: `${HOST}:${await server(head, line, at, stop.signal)}`, maxZoom: MAX_ZOOM };
}

async function deskFor(visca: ViscaConfig): Promise<CameraDesk> {
  const camera = cameraFrom({ id: 'camera', name: 'Camera', visca }, clock);
  running.push(supervise('camera', (signal) => camera.head.run(signal), { signal: stop.signal, log }));
  const desk = new CameraDesk([camera], { list: () => [], name: () => undefined });
  await vi.waitFor(() => expect(desk.states()[0]?.link).toBe('ok'), WAIT);
  return desk;
}

/** By its picture, not by its goal: a stop is a goal too until the motors have heard it. */
async function turned(again: () => void = () => undefined): Promise<void> {
  const from = head.viewport().panDeg;
  await vi.waitFor(() => {
    again();
    expect(Math.abs(head.viewport().panDeg - from)).toBeGreaterThan(0.4);
  }, WAIT);
}

it.each(['tcp', 'udp', 'ip', 'serial'] as const)('drives, stops by itself, saves and recalls over %s', async (transport) => {
  const desk = await deskFor(await serve(transport));
  const pan = (): number => desk.states()[0]?.panDeg ?? 0;

  await turned(() => desk.drive('camera', { pan: 1, tilt: 0, zoom: 1 }, 'page'));
  // Nobody says stop: the watchdog does.
  await vi.waitFor(() => expect(head.moving).toBe(false), WAIT);
  await vi.waitFor(() => expect(pan()).toBeCloseTo(head.viewport().panDeg, 0), WAIT);
  expect(pan()).toBeGreaterThan(0.4);
  const kept = head.viewport().panDeg;

  await desk.save('camera', '3', 'Board');
  await desk.home('camera');
  await vi.waitFor(() => expect(head.viewport().panDeg).toBeCloseTo(0, 1), WAIT);
  await desk.recall('camera', '3');
  await vi.waitFor(() => expect(head.viewport().panDeg).toBeCloseTo(kept, 0), WAIT);
});

it('stops what a page was driving when the page is gone', async () => {
  const desk = await deskFor(await serve('tcp'));
  await turned(() => desk.drive('camera', { pan: -1, tilt: 0, zoom: 0 }, 'page'));
  desk.release('page');
  await vi.waitFor(() => expect(head.moving).toBe(false), WAIT);
});

it('stops a head that was left moving, as soon as it is connected', async () => {
  const visca = await serve('tcp');
  const first = await deskFor(visca);
  // A drive whose stop never arrives: everything on the line is lost from now on. Slow, so that it is not at its end meanwhile.
  await turned(() => first.drive('camera', { pan: 0.3, tilt: 0, zoom: 0 }, 'page'));
  line.set({ loss: 1 });
  await vi.waitFor(() => expect(first.states()[0]?.link).toBe('lost'), WAIT);
  expect(head.moving).toBe(true);
  line.set({});
  await vi.waitFor(() => expect(head.moving).toBe(false), WAIT);
});

it.each([
  ['completes without acknowledging', { dropAck: true }],
  ['talks noise between its answers', { garbage: true }],
  ['loses every fifth packet', { loss: 0.2 }],
])('stops a camera that %s', async (_what, faults) => {
  const desk = await deskFor(await serve('udp'));
  line.set(faults);
  await turned(() => desk.drive('camera', { pan: 0.6, tilt: 0.3, zoom: 0 }, 'page'));
  await vi.waitFor(() => expect(head.moving).toBe(false), WAIT);
});

import { codeOf } from '#kit/process/errors.ts';
import type { ViscaFaults } from '#test/simulators/visca/faults.ts';
import type { Persona } from '#test/simulators/visca/head.ts';
import { afterEach, expect, it, vi } from 'vitest';
import type { ViscaConfig } from '../config/appliance-config.ts';
import { SharedSocket } from './links/shared-socket.ts';
import type { CameraCommand, PtzCamera } from './ptz-camera.ts';
import { ViscaRoom } from '#test/simulators/visca/rig.ts';

/** A busy machine is slow, not wrong. */
const WAIT = { timeout: 20_000, interval: 20 };
let room: ViscaRoom;
afterEach(() => room.close());

const linked = (camera: PtzCamera) => vi.waitFor(() => expect(camera.status().link).toBe('ok'), WAIT);
const rested = (camera: PtzCamera) => vi.waitFor(() => expect(camera.status().moving || room.heads.some(({ moving }) => moving)).toBe(false), WAIT);

async function connected(transport: ViscaConfig['transport'], persona: Partial<Persona> = {}, faults: ViscaFaults = {}): Promise<PtzCamera> {
  room = new ViscaRoom([persona]);
  room.line.set(faults);
  const [camera] = await room.cameras(transport);
  if (camera === undefined) throw new Error('no camera');
  await linked(camera);
  return camera;
}

/** Over a bad line a person presses again. */
async function until(camera: PtzCamera, command: CameraCommand): Promise<void> {
  await vi.waitFor(() => camera.execute(command), WAIT);
}

async function standsAt(panDeg: number, which = 0): Promise<void> {
  await vi.waitFor(() => expect(Math.abs((room.heads[which]?.viewport().panDeg ?? 99) - panDeg)).toBeLessThan(0.5), WAIT);
}

it.each<[string, ViscaConfig['transport'], ViscaFaults]>([
  ['completes without acknowledging', 'udp', { dropAck: true }],
  ['talks noise between its answers', 'serial', { garbage: true }],
  ['answers as another address', 'serial', { answersAs: 10 }],
  ['loses, swaps and doubles packets', 'ip', { loss: 0.15, reorder: 0.2, duplicate: 0.2 }],
  ['loses packets that have no number', 'udp', { loss: 0.15 }],
  ['counts its answers as it likes', 'ip', { breakSequence: true }],
  ['wants no header', 'ip', { rejectHeader: true }],
])('moves and stops a camera that %s', async (_what, transport, faults) => {
  const camera = await connected(transport, {}, faults);
  await until(camera, { type: 'move-to', panDeg: 8, tiltDeg: 2 });
  await standsAt(8);
  await vi.waitFor(() => {
    camera.drive({ pan: -0.5, tilt: 0, zoom: 0 });
    expect(room.head.viewport().panDeg).toBeLessThan(7);
  }, WAIT);
  camera.stop();
  await rested(camera);
  await vi.waitFor(() => expect(camera.status().panDeg).toBeCloseTo(room.head.viewport().panDeg, 0), WAIT);
});

it('moves by a distance once, although half of the packets are lost and sent again', async () => {
  const camera = await connected('ip');
  for (let count = 1; count <= 4; count++) {
    room.line.set({ loss: 0.5 });
    const outcome = await camera.execute({ type: 'move-by', panDeg: 2, tiltDeg: 0 }).then(() => 'taken', codeOf);
    room.line.set({});
    await rested(camera);
    const steps = room.head.viewport().panDeg / 2;
    // What was given up may have been carried out or not, but never twice.
    expect(Math.abs(steps - Math.round(steps))).toBeLessThan(0.1);
    expect(Math.round(steps)).toBeLessThanOrEqual(count);
    if (outcome !== 'taken') expect(outcome).toBe('camera_unreachable');
  }
});

it.each<[string, ViscaFaults, string]>([
  ['shows its menu', { menu: true }, 'camera_refused'],
  ['is taken up by another controller', { bufferFull: true }, 'camera_busy'],
])('says what to do with a camera that %s', async (_what, faults, code) => {
  const camera = await connected('tcp');
  room.line.set(faults);
  expect(await camera.execute({ type: 'home' }).then(() => 'taken', codeOf)).toBe(code);
  room.line.set({});
  await camera.execute({ type: 'home' });
});

it('cancels what fills both of the camera’s sockets to let a stop through', async () => {
  const camera = await connected('tcp');
  await camera.execute({ type: 'move-to', panDeg: 40, tiltDeg: 10, zoom: 4, speed: 0.3 });
  await vi.waitFor(() => expect(room.head.moving).toBe(true), WAIT);
  camera.stop();
  await rested(camera);
  expect(room.head.viewport().panDeg).toBeLessThan(39);
});

it('drives each camera of a chain on one serial port, and numbers them anew when one comes back', async () => {
  room = new ViscaRoom([{}, {}, {}]);
  const cameras = await room.cameras('serial');
  await Promise.all(cameras.map(linked));
  await Promise.all(cameras.map((camera, index) => camera.execute({ type: 'move-to', panDeg: 5 * (index + 1), tiltDeg: 0 })));
  for (const index of [0, 1, 2]) await standsAt(5 * (index + 1), index);
  await Promise.all(cameras.map((camera, index) => vi.waitFor(() => expect(camera.status().panDeg).toBeCloseTo(5 * (index + 1), 0), WAIT)));
  await Promise.all(cameras.map(rested));
  room.heads[1]?.reboot(200);
  // It comes up at its zero, and what it says of itself is read again.
  await vi.waitFor(() => expect(cameras[1]?.status()).toMatchObject({ link: 'ok', panDeg: 0 }), WAIT);
  await vi.waitFor(() => cameras[1]?.execute({ type: 'move-to', panDeg: -7, tiltDeg: 0 }), WAIT);
  await standsAt(-7, 1);
  await standsAt(5, 0);
});

it('tells cameras apart that all answer to one port', async () => {
  room = new ViscaRoom([{}, {}]);
  const cameras = await room.camerasBehind(new SharedSocket(0));
  await Promise.all(cameras.map(linked));
  await Promise.all(cameras.map((camera, index) => camera.execute({ type: 'move-to', panDeg: index === 0 ? -6 : 6, tiltDeg: 0 })));
  await vi.waitFor(() => expect(cameras.map((camera) => Math.round(camera.status().panDeg))).toEqual([-6, 6]), WAIT);
});

it('reads a camera that rebooted anew, and lights its lamp again', async () => {
  const camera = await connected('tcp');
  await camera.execute({ type: 'tally', state: 'program' });
  await camera.execute({ type: 'move-to', panDeg: -9, tiltDeg: 3 });
  await standsAt(-9);
  await vi.waitFor(() => expect(camera.status().panDeg).toBeCloseTo(-9, 0), WAIT);
  room.head.reboot(200);
  await vi.waitFor(() => expect(room.head.setting('tally-red')).toBe(2), WAIT);
  await vi.waitFor(() => expect(camera.status()).toMatchObject({ link: 'ok', panDeg: 0 }), WAIT);
});

it('knows the maker by the version, and counts as it does', async () => {
  const camera = await connected('ip', { vendor: 0x0001, model: 0x051c, stepsPerDegree: 51.2, panNibbles: 5 });
  await vi.waitFor(() => expect(camera.status().version).toBe('VISCA 0001 051c 0100 (sony-x)'), WAIT);
  await vi.waitFor(() => camera.execute({ type: 'move-to', panDeg: 20, tiltDeg: -5 }), WAIT);
  await standsAt(20);
  await vi.waitFor(() => expect(camera.status().panDeg).toBeCloseTo(20, 0), WAIT);
  expect(camera.capabilities()).toMatchObject({ tallyStates: ['off', 'preview', 'program'], presets: { kind: 'numbers', ranges: [[0, 99]] } });
});

it('reads focus and power back from the camera', async () => {
  const camera = await connected('tcp');
  await vi.waitFor(() => expect(camera.status()).toMatchObject({ focus: 'auto', power: 'on' }), WAIT);
  await camera.execute({ type: 'focus', mode: 'manual' });
  await camera.execute({ type: 'power', on: false });
  await vi.waitFor(() => expect(camera.status()).toMatchObject({ focus: 'manual', power: 'off' }), WAIT);
});

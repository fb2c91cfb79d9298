import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CameraDesk } from './camera-desk.ts';
import { ViscaRoom } from '#test/simulators/visca/rig.ts';

/** A busy machine is slow, not wrong. */
const WAIT = { timeout: 20_000 };
let room: ViscaRoom;
let desk: CameraDesk;

beforeEach(async () => {
  room = new ViscaRoom();
  const heads = await room.cameras('tcp');
  desk = new CameraDesk(heads.map((head) => ({ id: 'camera', name: 'Camera', head, presets: {} })), { list: () => [], name: () => undefined });
  await vi.waitFor(() => expect(desk.states()[0]?.link).toBe('ok'), WAIT);
});

afterEach(() => room.close());

const pan = (): number => desk.states()[0]?.panDeg ?? 0;
const stands = () => vi.waitFor(() => expect(room.head.moving).toBe(false), WAIT);

/** By its picture, not by its goal: a stop is a goal too until the motors have heard it. */
async function turned(again: () => void): Promise<void> {
  const from = room.head.viewport().panDeg;
  await vi.waitFor(() => {
    again();
    expect(Math.abs(room.head.viewport().panDeg - from)).toBeGreaterThan(0.4);
  }, WAIT);
}

it('stops by itself when nobody drives any more, saves and recalls', async () => {
  await turned(() => desk.drive('camera', { pan: 1, tilt: 0, zoom: 1 }, 'page'));
  // Nobody says stop: the watchdog does.
  await stands();
  await vi.waitFor(() => expect(pan()).toBeCloseTo(room.head.viewport().panDeg, 0), WAIT);
  const kept = room.head.viewport().panDeg;

  await desk.save('camera', '3', 'Board');
  await desk.home('camera');
  await vi.waitFor(() => expect(room.head.viewport().panDeg).toBeCloseTo(0, 1), WAIT);
  await desk.recall('camera', '3');
  await vi.waitFor(() => expect(room.head.viewport().panDeg).toBeCloseTo(kept, 0), WAIT);
});

it('stops what a page was driving when the page is gone', async () => {
  await turned(() => desk.drive('camera', { pan: -1, tilt: 0, zoom: 0 }, 'page'));
  desk.release('page');
  await stands();
});

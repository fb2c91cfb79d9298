import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLoneBox, type LoneBox } from '../campaigns/lone-box.ts';
import { eventually } from '../product/eventually.ts';
import { FaultyLine } from '../simulators/visca/faults.ts';
import { MAX_ZOOM, PtzHead } from '../simulators/visca/head.ts';
import { runMotors } from '../simulators/visca/motor-loop.ts';
import { serveTcp } from '../simulators/visca/tcp-server.ts';

const HOST = '127.0.0.1';
const stop = new AbortController();
const head = new PtzHead(Date.now());
let box: LoneBox;
let motors: Promise<void>;

beforeAll(async () => {
  motors = runMotors(head, () => undefined, stop.signal);
  const port = await serveTcp(head, new FaultyLine(), { host: HOST, port: 0 }, stop.signal);
  box = await openLoneBox({ cameras: [{ id: 'camera', name: 'Camera', visca: { transport: 'tcp', address: `${HOST}:${port}`, maxZoom: MAX_ZOOM } }] });
}, 60_000);

afterAll(async () => {
  await box.close();
  stop.abort();
  await motors;
});

test('a head that a killed box left turning stands still when the box is back', { timeout: 120_000 }, async () => {
  await eventually('a box that dies with its head turning', diesTurning, { timeoutMs: 90_000 });
  await box.until('the box to be back', ({ cameras }) => cameras[0]?.link === 'ok', { timeoutMs: 60_000 });
  await eventually('the head to stand still', () => !head.moving);
  const { panDeg } = head.viewport();
  await delay(500);
  expect(head.viewport().panDeg).toBe(panDeg);
});

/** False where the box was slow to die, and its watchdog quicker: then it is waited for, and killed again. */
async function diesTurning(): Promise<boolean> {
  await box.until('the camera to answer', ({ cameras }) => cameras[0]?.link === 'ok', { timeoutMs: 60_000 });
  // Slow, so that it is not at its end before the box is back.
  await box.post('cameras/camera/drive', { pan: 0.05, tilt: 0, zoom: 0 });
  if (!head.moving) return false;
  await box.signal('appliance', 'SIGKILL');
  await delay(400);
  return head.moving;
}

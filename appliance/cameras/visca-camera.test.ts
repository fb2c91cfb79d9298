import { Dialogue } from '#test/simulators/visca/dialogue.ts';
import { FaultyLine } from '#test/simulators/visca/faults.ts';
import { PtzHead } from '#test/simulators/visca/head.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type OpenLink, plainLink } from './links/link.ts';
import { ViscaCamera } from './visca-camera.ts';

/** The pace of a panel under a moving finger. */
const WISH_MS = 40;
const TICK_MS = 20;
/** Answers sooner than the next wish, and later: serial chains, slow heads, bridges. Each with wishes at several moments between the inquiries. */
const LATE = [20, 40, 60, 80, 150].flatMap((lateMs) => [280, 300, 340].map((afterMs) => ({ lateMs, afterMs })));

let head: PtzHead;
let camera: ViscaCamera;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  head = new PtzHead(Date.now());
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await running;
  vi.useRealTimers();
});

/** A simulated head on a line in memory: with the clock in the test's hand the same answer meets the same wish every time. */
async function connect(delayMs: number): Promise<void> {
  const line = new FaultyLine();
  const dialogue = new Dialogue(head);
  line.set({ delayMs });
  const open: OpenLink = (receiver, signal) => {
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    return Promise.resolve(plainLink((packet) => dialogue.receive(packet, (frame) => line.deliver(frame, (bytes) => receiver.received(bytes, null))), ended));
  };
  camera = new ViscaCamera({ open, clock: { nowMs: () => Date.now() } });
  running = camera.run(stop.signal);
  await pass(2_000);
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += TICK_MS) {
    await vi.advanceTimersByTimeAsync(TICK_MS);
    head.tick(Date.now());
  }
}

async function wish(pan: number, zoom: number, times = 1): Promise<void> {
  for (let time = 0; time < times; time++) {
    camera.drive({ pan, tilt: 0, zoom });
    await pass(WISH_MS);
  }
}

it.each(LATE)('stops the zoom while the head pans on, under a thumb at the edge of the dead zone, with answers $lateMs ms late, $afterMs ms after the drive', async ({ lateMs, afterMs }) => {
  await connect(lateMs);
  await wish(0.1, 0.3);
  await pass(afterMs);
  expect(head.viewport().zoom).toBeGreaterThan(1);
  for (const zoom of [0, 0.3]) await wish(0.1, zoom);
  await wish(0.1, 0, 25);
  const before = head.viewport();
  await wish(0.1, 0, 10);
  expect(head.viewport().zoom).toBe(before.zoom);
  expect(head.viewport().panDeg).toBeGreaterThan(before.panDeg);
});

it.each(LATE)('stops the head while the lens zooms on, with answers $lateMs ms late, $afterMs ms after the drive', async ({ lateMs, afterMs }) => {
  await connect(lateMs);
  await wish(0.3, 0.1);
  await pass(afterMs);
  expect(head.viewport().panDeg).toBeGreaterThan(0);
  for (const pan of [0, 0.3]) await wish(pan, 0.1);
  await wish(0, 0.1, 25);
  const before = head.viewport();
  await wish(0, 0.1, 10);
  expect(head.viewport().panDeg).toBe(before.panDeg);
  expect(head.viewport().zoom).toBeGreaterThan(before.zoom);
});

it.each(LATE)('turns round with the finger while the zoom is being stopped, with answers $lateMs ms late, $afterMs ms after the drive', async ({ lateMs, afterMs }) => {
  await connect(lateMs);
  await wish(0.5, 0.3);
  await pass(afterMs);
  await wish(-0.5, 0, 25);
  expect(head.viewport().panRate).toBeLessThan(0);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import { rmsDbfs } from '#kit/media/pcm.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { keepDialled } from '../gate/dial.ts';
import { FfmpegCapture } from './ffmpeg-capture.ts';
import { hasPulse, PulseServer } from './testing/pulse-server.ts';

const WAIT = { timeout: 20_000, interval: 20 };
/** Of sound as the gate takes it: s16le stereo at 48 kHz. */
const SECOND_BYTES = 192_000;
const log = createLog('test');
log.level = 'silent';

let folder: string;
let server: PulseServer;
const stop = { controller: new AbortController(), running: Promise.resolve() as Promise<unknown> };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pulse-capture-'));
  server = new PulseServer();
  vi.stubEnv('PULSE_SERVER', server.address);
});
afterEach(async () => {
  stop.controller.abort();
  await stop.running;
  await server.close();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** As the appliance does, with what stands for the gate reading. */
function capture(url: string) {
  const seen = { bytes: 0, newest: Buffer.alloc(0), latenciesMs: [] as number[], failures: [] as string[] };
  const socketPath = join(folder, 's.sock');
  const source = new FfmpegCapture({
    source: { id: 'microphone', name: 'Microphone', kind: 'microphone', url }, raster: { width: 320, height: 180 }, programFps: 25, socketPath, wallUs: (us) => us,
    news: { latency: (latencyMs) => void seen.latenciesMs.push(latencyMs) },
  });
  const room = Buffer.alloc(3_840);
  const took = (bytes: number): void => {
    seen.bytes += bytes;
    seen.newest = Buffer.from(room.subarray(0, bytes));
    source.reported(0);
  };
  stop.controller = new AbortController();
  const { signal } = stop.controller;
  const onState = (state: { kind: string; reason?: string }): void => void (state.reason !== undefined && seen.failures.push(state.reason));
  stop.running = Promise.all([
    supervise('microphone', (scope) => source.run(scope), { signal, log, maxDelayMs: 500, onState }),
    keepDialled(socketPath, { room: () => room, took, closed: () => undefined }, signal),
  ]);
  return seen;
}

it.skipIf(!hasPulse)('hears a microphone of a sound server (Debian: pulseaudio), loses it with the server, and has it back', async () => {
  server.start();
  const seen = capture('pulse:room.monitor');
  await vi.waitFor(() => expect(seen.bytes).toBeGreaterThan(SECOND_BYTES), WAIT);
  // PulseAudio's tone: half of full scale, so -9 dBFS on average.
  expect(rmsDbfs(seen.newest)).toBeCloseTo(-9, 0);
  await vi.waitFor(() => expect(seen.latenciesMs.length).toBeGreaterThan(0), WAIT);

  await server.kill();
  await vi.waitFor(() => expect(seen.failures.length).toBeGreaterThan(0), WAIT);
  const lost = seen.bytes;
  server.start();
  await vi.waitFor(() => expect(seen.bytes).toBeGreaterThan(lost + SECOND_BYTES), WAIT);
  expect(rmsDbfs(seen.newest)).toBeCloseTo(-9, 0);
});

it.skipIf(!hasPulse)('waits for a sound server that is not there at boot', async () => {
  const seen = capture('pulse:room.monitor');
  await vi.waitFor(() => expect(seen.failures.length).toBeGreaterThan(0), WAIT);
  expect(seen.bytes).toBe(0);
  server.start();
  await vi.waitFor(() => expect(seen.bytes).toBeGreaterThan(SECOND_BYTES), WAIT);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { MediaPacket } from '#kit/media/packet.ts';
import { rmsDbfs } from '#kit/media/pcm.ts';
import { type CameraOptions, FaultyCamera, WELL } from '#test/simulators/rtsp-camera/camera.ts';
import { type CameraStream, pictures, tone } from '#test/simulators/rtsp-camera/stream.ts';
import { keepDialled } from '../gate/dial.ts';
import type { Raster } from './capture-source.ts';
import { RtspCapture } from './rtsp-capture.ts';
import type { SourceConfig } from './source-config.ts';

const RASTER = { width: 320, height: 180 };
const FRAME_BYTES = (RASTER.width * RASTER.height * 3) / 2;
const WAIT = { timeout: 20_000, interval: 20 };
const folder = mkdtempSync(join(tmpdir(), 'rtsp-'));
let small: CameraStream;
let wide: CameraStream;
let ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  small = await pictures({ width: 320, height: 180 });
  wide = await pictures({ width: 640, height: 360 });
});

afterEach(async () => {
  await Promise.all(ends.map((end) => end()));
  ends = [];
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Seen {
  bytes: number;
  newest: Buffer;
  readonly sizes: string[];
  readonly latenciesMs: number[];
  dropped: number;
  readonly packets: MediaPacket[];
  failure: string;
  frames(): number;
}

/** Captures from a camera as the appliance does, with what stands for the gate reading. One life of the capture: `failure` says how it ended. */
async function watch(options: CameraOptions, config: Partial<SourceConfig> = {}): Promise<{ camera: FaultyCamera; seen: Seen }> {
  const stop = new AbortController();
  const camera = await FaultyCamera.open(options, stop.signal);
  const seen: Seen = { bytes: 0, newest: Buffer.alloc(0), sizes: [], latenciesMs: [], dropped: 0, packets: [], failure: '', frames: () => seen.bytes / FRAME_BYTES };
  const socketPath = join(folder, 's.sock');
  const source: SourceConfig = { id: 'camera', name: 'Camera', kind: 'camera', url: camera.url, ...config };
  const capture = new RtspCapture({
    source, raster: RASTER, programFps: 25, socketPath, wallUs: (us) => us,
    news: {
      size: ({ width, height }: Raster) => void seen.sizes.push(`${width}x${height}`),
      latency: (latencyMs) => void seen.latenciesMs.push(latencyMs),
      dropped: (frames) => void (seen.dropped += frames),
      packet: (packet) => void seen.packets.push(packet),
    },
  });
  const room = Buffer.alloc(FRAME_BYTES);
  const reader = { room: () => room, took: (bytes: number) => void ((seen.bytes += bytes), (seen.newest = room.subarray(0, bytes))), closed: () => undefined };
  const running = Promise.all([
    capture.run(stop.signal).catch((error: Error) => void (seen.failure = error.message)),
    keepDialled(socketPath, reader, stop.signal),
  ]);
  ends.push(() => (stop.abort(), running));
  return { camera, seen };
}

it('takes a camera, knows how late its pictures are, and goes on behind garbage and through another resolution until it hangs up', async () => {
  const { camera, seen } = await watch({ stream: small }, { isolated: true });
  await vi.waitFor(() => expect(seen.latenciesMs.length).toBeGreaterThan(0), WAIT);
  expect(seen.sizes).toEqual(['320x180']);
  expect(seen.latenciesMs[0]).toBeLessThan(1_000);
  await vi.waitFor(() => expect(seen.packets.length).toBeGreaterThan(30), WAIT);
  expect(seen.packets[0]).toMatchObject({ kind: 'video', keyframe: true, layer: 'camera' });
  const steps = seen.packets.slice(1).map(({ captureUs }, index) => captureUs - (seen.packets[index]?.captureUs ?? 0));
  expect(Math.min(...steps)).toBeGreaterThan(30_000);

  camera.sendGarbage();
  const before = seen.frames();
  await vi.waitFor(() => expect(seen.frames()).toBeGreaterThan(before + 30), WAIT);
  camera.show(wide);
  await vi.waitFor(() => expect(seen.sizes).toEqual(['320x180', '640x360']), WAIT);
  const changed = seen.frames();
  await vi.waitFor(() => expect(seen.frames()).toBeGreaterThan(changed + 10), WAIT);
  expect(seen.failure).toBe('');
  camera.reset();
  await vi.waitFor(() => expect(seen.failure).toMatch(/connection to the device ended/), WAIT);
});

it('waits for a keyframe after a loss on UDP, and counts what it left out', async () => {
  const { camera, seen } = await watch({ stream: small }, { transport: 'udp' });
  await vi.waitFor(() => expect(seen.frames()).toBeGreaterThan(5), WAIT);
  camera.faults = { ...WELL, loss: 1 / 50 };
  const [before, dropped] = [seen.frames(), seen.dropped];
  await vi.waitFor(() => expect(seen.dropped).toBeGreaterThan(dropped + 5), WAIT);
  await vi.waitFor(() => expect(seen.frames()).toBeGreaterThan(before + 5), WAIT);
});

it.each([
  ['plain samples', tone('l16', 48_000)],
  ['telephone samples', tone('pcmu', 8_000)],
])('takes a microphone that sends %s, and makes AAC of it for a track', async (_what, stream) => {
  const { seen } = await watch({ stream }, { kind: 'microphone', isolated: true });
  await vi.waitFor(() => expect(seen.bytes).toBeGreaterThan(192_000), WAIT);
  // A sine of a quarter of full scale: -12 dBFS at its peak, -15 on average.
  expect(rmsDbfs(seen.newest)).toBeCloseTo(-15, 0);
  await vi.waitFor(() => expect(seen.packets.length).toBeGreaterThan(20), WAIT);
  const steps = seen.packets.slice(1).map(({ captureUs }, index) => captureUs - (seen.packets[index]?.captureUs ?? 0));
  expect(Math.max(...steps)).toBeLessThan(60_000);
  await vi.waitFor(() => expect(seen.latenciesMs.length).toBeGreaterThan(0), WAIT);
});

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { BuiltInLayoutId } from '#appliance/contract/layout.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import { SILENCE_DBFS } from '#kit/media/pcm.ts';
import { createLog } from '#kit/process/log.ts';
import { SourceDesk } from '../sources/source-desk.ts';
import type { SourceConfig } from '../sources/source-config.ts';
import { Pipeline } from './pipeline.ts';

const WAIT = { timeout: 15_000, interval: 20 };
const FRAME_US = 40_000;
const folder = mkdtempSync(join(tmpdir(), 'pipeline-'));
const stop = new AbortController();
const SOURCES: readonly SourceConfig[] = [
  { id: 'camera', name: 'Camera', kind: 'camera', url: 'test:moving', isolated: true },
  { id: 'slides', name: "Slides: 'quoted', 50% \\", kind: 'slides', url: 'test:bars' },
  { id: 'mic', name: 'Microphone', kind: 'microphone', url: 'test:tone', isolated: true },
];
const packets: MediaPacket[] = [];
let pipeline: Pipeline;
let running: Promise<void>;

beforeAll(async () => {
  process.env['LECTERN_PID_DIR'] = join(folder, 'pids');
  pipeline = new Pipeline(
    {
      program: {
        width: 640, height: 360, fps: 25, x264Preset: 'ultrafast',
        renditions: [{ id: '360p', width: 640, height: 360, bitrateKbps: 800 }, { id: '180p', width: 320, height: 180, bitrateKbps: 200 }],
      },
      sources: SOURCES,
      encoders: ['h264_nvenc', 'libx264', 'libx264'],
      runDir: folder,
    },
    createLog('test'),
  );
  pipeline.bus.attach({ name: 'collector', write: (packet) => void packets.push(packet) });
  running = pipeline.run(stop.signal);
  await vi.waitFor(() => expect(video('180p').length).toBeGreaterThan(25), WAIT);
});

afterAll(async () => {
  stop.abort();
  await running;
  delete process.env['LECTERN_PID_DIR'];
  rmSync(folder, { recursive: true, force: true });
});

function video(layer: string, fromUs = 0): Extract<MediaPacket, { kind: 'video' }>[] {
  return packets.filter((packet) => packet.kind === 'video').filter((packet) => packet.layer === layer && packet.captureUs >= fromUs);
}

function audio(codec: 'aac' | 'opus', fromUs = 0): Extract<MediaPacket, { kind: 'audio' }>[] {
  return packets.filter((packet) => packet.kind === 'audio').filter((packet) => packet.codec === codec && packet.captureUs >= fromUs);
}

function largestStepUs(list: readonly MediaPacket[]): number {
  return Math.max(...list.slice(1).map((packet, index) => packet.captureUs - (list[index]?.captureUs ?? 0)));
}

async function framesLater(count: number): Promise<void> {
  const before = video('360p').length;
  await vi.waitFor(() => expect(video('360p').length).toBeGreaterThanOrEqual(before + count), WAIT);
}

function pidOf(name: string): number {
  return Number(readFileSync(join(folder, 'pids', `${name}.pid`), 'utf8'));
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

function source(id: string): ReturnType<Pipeline['snapshot']>['sources'][number] | undefined {
  return pipeline.snapshot().sources.find((candidate) => candidate.id === id);
}

it('chooses the encoder that works and keeps why the other was refused', () => {
  const { encoder } = pipeline.snapshot();
  expect(encoder.name).toBe('libx264');
  expect(encoder.refused).toEqual([{ name: 'h264_nvenc', reason: expect.stringMatching(/NVIDIA/) as string }]);
});

it('keeps the renditions’ keyframes aligned, half a second apart', () => {
  const keys = (layer: string): number[] => video(layer).filter(({ keyframe }) => keyframe).map(({ captureUs }) => captureUs);
  const [large, small] = [keys('360p'), keys('180p')];
  const common = Math.min(large.length, small.length);
  expect(large.slice(0, common)).toEqual(small.slice(0, common));
  expect((large[1] ?? 0) - (large[0] ?? 0)).toBe(480_000);
});

it('keeps the microphone closed until it is asked for', async () => {
  expect(existsSync(join(folder, 'pids', 'capture-mic.pid'))).toBe(false);
  pipeline.setSoundCapture(true);
  await vi.waitFor(() => expect(pipeline.snapshot().levels.program).toBeGreaterThan(-40), WAIT);
  await vi.waitFor(() => expect(source('mic')).toMatchObject({ signal: 'ok', verdict: 'ok' }), WAIT);
});

it('gives each isolated source packets of its own, on the program’s time', async () => {
  const own = new Map<string, MediaPacket[]>(pipeline.tracks().map(({ id }) => [id, []]));
  const detach = pipeline.tracks().map(({ id, bus }) => bus.attach({ name: id, write: (packet) => void own.get(id)?.push(packet) }, { fromCache: true }));
  await vi.waitFor(() => expect(Math.min(...[...own.values()].map(({ length }) => length))).toBeGreaterThan(40), WAIT);
  for (const end of detach) end();
  expect([...own.keys()]).toEqual(['camera', 'mic']);
  expect(own.get('camera')?.[0]).toMatchObject({ kind: 'video', layer: 'camera', keyframe: true });
  expect(own.get('mic')?.[0]).toMatchObject({ kind: 'audio', codec: 'aac', channels: 2 });
  const now = video('360p').at(-1)?.captureUs ?? 0;
  for (const list of own.values()) {
    expect(Math.abs((list.at(-1)?.captureUs ?? 0) - now)).toBeLessThan(2_000_000);
    expect(list.every(({ captureUs }, index) => index === 0 || captureUs > (list[index - 1]?.captureUs ?? 0))).toBe(true);
  }
});

it('gives a picture of a source, once a second at most, and says when it has none', async () => {
  const sources = new SourceDesk({ sources: SOURCES, raster: { width: 640, height: 360 }, runDir: folder, savePicture: (id, file) => pipeline.savePicture(id, file) });
  const [one, other] = await Promise.all([sources.snapshot('slides'), sources.snapshot('slides')]);
  expect(other).toBe(one);
  expect(one.toString('hex', 0, 3)).toBe('ffd8ff');
  await expect(sources.snapshot('mic')).rejects.toMatchObject({ code: 'no_picture' });
  await expect(sources.snapshot('none')).rejects.toMatchObject({ code: 'no_source' });
});

it('switches layouts ten times without a gap', async () => {
  const from = video('360p').at(-1)?.captureUs ?? 0;
  const layouts: BuiltInLayoutId[] = ['slides', 'picture-in-picture', 'side-by-side', 'camera', 'picture-in-picture'];
  for (const layout of [...layouts, ...layouts]) {
    pipeline.setLayout({ id: layout });
    await framesLater(3);
  }
  for (const layer of ['360p', '180p']) expect(largestStepUs(video(layer, from))).toBeLessThanOrEqual(FRAME_US);
});

it('runs on, picture and sound, while a capture is killed, and takes it back', async () => {
  const from = video('360p').at(-1)?.captureUs ?? 0;
  const killed = pidOf('capture-camera');
  process.kill(killed, 'SIGSTOP');
  await vi.waitFor(() => expect(source('camera')?.signal).toBe('lost'), WAIT);
  expect(source('camera')?.advice).toMatch(/stopped sending/);
  await vi.waitFor(() => expect(pidOf('capture-camera')).not.toBe(killed), WAIT);
  await vi.waitFor(() => expect(source('camera')?.signal).toBe('ok'), WAIT);
  expect(largestStepUs(video('360p', from))).toBeLessThanOrEqual(FRAME_US);
  expect(largestStepUs(audio('opus', from))).toBeLessThanOrEqual(20_001);
  expect(largestStepUs(audio('aac', from))).toBeLessThanOrEqual(21_334);
});

it('mutes and pauses without stopping', async () => {
  pipeline.setMuted(true);
  await vi.waitFor(() => expect(pipeline.snapshot().levels.program).toBe(SILENCE_DBFS), WAIT);
  pipeline.setMuted(false);
  await vi.waitFor(() => expect(pipeline.snapshot().levels.program).toBeGreaterThan(-40), WAIT);
  pipeline.setPaused(true);
  await vi.waitFor(() => expect(pipeline.snapshot().levels.program).toBe(SILENCE_DBFS), WAIT);
  pipeline.setPaused(false);
});

it('leaves an encoder that hangs for the next one, and says why', async () => {
  const from = video('360p').at(-1)?.captureUs ?? 0;
  process.kill(pidOf('encoder-video'), 'SIGSTOP');
  await vi.waitFor(() => expect(largestStepUs(video('360p', from))).toBeGreaterThan(1_000_000), WAIT);
  expect(pipeline.snapshot().encoder).toMatchObject({ name: 'libx264', refused: [{ name: 'h264_nvenc' }, { reason: expect.stringMatching(/gave nothing back/) as string }] });
  const list = video('360p', from);
  for (const layer of ['360p', '180p']) expect(largestStepUs(video(layer, from))).toBeLessThan(10_000_000);
  expect(list.at(-1)?.captureUs).toBeGreaterThan(from);
});

it('leaves a gate alone that stood still for a while, and replaces one that hangs: the new one is told everything', async () => {
  const frozen = pidOf('gate');
  process.kill(frozen, 'SIGSTOP');
  await delay(2_500);
  process.kill(frozen, 'SIGCONT');
  await framesLater(25);
  expect(pidOf('gate')).toBe(frozen);

  pipeline.setMuted(true);
  process.kill(frozen, 'SIGSTOP');
  const frozenUs = Date.now() * 1000;
  await vi.waitFor(() => expect(video('360p', frozenUs + 3_000_000).length).toBeGreaterThan(5), WAIT);
  await vi.waitFor(() => expect(source('mic')?.levelDbfs).toBeGreaterThan(-40), WAIT);
  expect([pidOf('gate') === frozen, isAlive(frozen), pipeline.snapshot().levels.program]).toEqual([false, false, SILENCE_DBFS]);
  pipeline.setMuted(false);
  await vi.waitFor(() => expect(pipeline.snapshot().levels.program).toBeGreaterThan(-40), WAIT);
}, 40_000);

it('comes back on the program’s time after an encoder or the gate was killed', async () => {
  const from = video('360p').at(-1)?.captureUs ?? 0;
  process.kill(pidOf('encoder-video'), 'SIGKILL');
  await vi.waitFor(() => expect(largestStepUs(video('360p', from))).toBeGreaterThan(FRAME_US), WAIT);
  const list = video('360p', from);
  const at = list.findIndex((packet, index) => index > 0 && packet.captureUs - (list[index - 1]?.captureUs ?? 0) > FRAME_US);
  expect(list[at]?.keyframe).toBe(true);
  expect(((list[at]?.captureUs ?? 0) - from) % FRAME_US).toBe(0);

  process.kill(pidOf('gate'), 'SIGKILL');
  const killedUs = Date.now() * 1000;
  await vi.waitFor(() => expect(video('360p', killedUs).length).toBeGreaterThan(5), WAIT);
  await vi.waitFor(() => expect(audio('opus', killedUs).length).toBeGreaterThan(5), WAIT);
  expect(Math.abs((video('360p').at(-1)?.captureUs ?? 0) / 1000 - Date.now())).toBeLessThan(5_000);
}, 40_000);

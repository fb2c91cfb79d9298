import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '#kit/process/child.ts';
import { createLog } from '#kit/process/log.ts';
import { builtInLayout, type LayoutSource } from '../../appliance/gate/layout.ts';
import { FIRST_INSET } from '../../appliance/gate/layout-choice.ts';
import { DEMO_PROGRAM } from '../demo/configs.ts';
import { eventually } from '../product/eventually.ts';
import type { ClassroomAddresses } from '../simulators/options.ts';
import { runClassroom } from '../simulators/run-classroom.ts';
import { bareArguments } from './bare-ffmpeg.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { onProduct, refuseTarget, type Stage } from './on-product.ts';
import { cpuSecondsOfTree } from './process-cpu.ts';
import type { Baseline } from './report.ts';

const WINDOW_MS = 30_000;

/**
 * Processor time of the whole box (appliance, gate, captures, encoders, uploader, agent) while a class is recorded and sent, in
 * windows of 30 s; then, in the same run and with the product gone, that of one FFmpeg doing the same decode, compose and encodes.
 */
export const box: Bench = async function* (options) {
  refuseTarget(options, 'it measures the processes of its own box.');
  const ours = await classOnTheBox(options);
  yield {
    case: 'class-picture-in-picture',
    unit: `CPU seconds in ${WINDOW_MS / 1000} s`,
    raw: ours.raw,
    baseline: await bareFfmpeg(options),
    promise: { ratio: 1.4 },
    notes: { programFps: ours.fps, layout: 'picture-in-picture', recording: 'on', uplink: ours.protocol },
  };
};

async function classOnTheBox(options: BenchOptions): Promise<{ raw: number[]; fps: number; protocol: string }> {
  await using stage = await onProduct(options);
  await stage.browser.close();
  await stage.box.layout('picture-in-picture');
  await stage.box.start();
  await stage.box.until('a class that is recorded and seen', ({ recording, stream }) => recording.proven && stream.seenAtEdge);
  const raw = await windows(options, 'box', () => cpuSecondsOfTree(stage.product.pidOf('appliance')));
  const { fps, protocol } = await whatItMade(stage);
  await stage.box.rest();
  return { raw, fps, protocol };
}

async function whatItMade({ box: room }: Stage): Promise<{ fps: number; protocol: string }> {
  const { encoder, stream } = await room.state();
  return { fps: encoder.fps, protocol: stream.protocol };
}

/** Only the simulated room and FFmpeg. */
async function bareFfmpeg(options: BenchOptions): Promise<Baseline> {
  const stop = new AbortController();
  const { running, rtsp } = await openClassroom(stop.signal);
  const args = bareArguments(DEMO_PROGRAM, { camera: `${rtsp}/camera`, slides: `${rtsp}/slides`, microphone: `${rtsp}/mic` }, cameraOnSlides());
  const ffmpeg = startChild('ffmpeg', args, { signal: stop.signal, name: 'bare-ffmpeg', stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid = 0 } = ffmpeg.process;
  let frames = 0;
  ffmpeg.process.stdout?.setEncoding('utf8').on('data', (text: string) => (frames = Number(/^frame=(\d+)/m.exec(text)?.[1] ?? frames)));
  try {
    await eventually('FFmpeg to encode', () => frames > 2 * DEMO_PROGRAM.fps);
    const [before, beganAt] = [frames, performance.now()];
    const raw = await windows(options, 'bare FFmpeg', () => cpuSecondsOfTree(pid));
    const fps = ((frames - before) / (performance.now() - beganAt)) * 1000;
    if (fps < DEMO_PROGRAM.fps * 0.95) throw new Error(`The bare FFmpeg made ${fps.toFixed(1)} frames a second only: this machine is too busy to compare.`);
    return { name: `one FFmpeg, the same work, ${fps.toFixed(1)} frames a second`, command: `ffmpeg ${args.map(quoted).join(' ')}`, raw };
  } finally {
    stop.abort();
    await Promise.all([ffmpeg.exited, running]);
  }
}

/** The rectangle that the box's own layout gives the camera. */
function cameraOnSlides() {
  const sources = (['camera', 'slides'] as const).map((kind): LayoutSource => ({ id: kind, kind, signal: 'ok', width: 0, height: 0 }));
  const { tiles } = builtInLayout('picture-in-picture', FIRST_INSET, sources, DEMO_PROGRAM);
  const camera = tiles.find(({ source }) => source === 'camera');
  if (camera === undefined) throw new Error('The layout has no camera in it.');
  return camera.rect;
}

async function openClassroom(signal: AbortSignal): Promise<{ running: Promise<void>; rtsp: string }> {
  const opened = Promise.withResolvers<ClassroomAddresses>();
  const ports = { rtsp: 0, viscaTcp: 0, viscaUdp: 0, viscaIpUdp: 0, control: 0 };
  const cacheDir = join(import.meta.dirname, '../../.lectern/cache');
  const running = runClassroom({ host: '127.0.0.1', ports, cacheDir, cameraFps: DEMO_PROGRAM.fps }, signal, { log: createLog('classroom'), onReady: opened.resolve });
  running.catch(opened.reject);
  return { running, rtsp: (await opened.promise).rtsp };
}

/** One figure a window. The window's true length is used: a busy machine wakes us late. */
async function windows({ runs, say }: BenchOptions, what: string, cpuSeconds: () => number): Promise<number[]> {
  const raw: number[] = [];
  for (let run = 0; run < runs; run++) {
    const [before, beganAt] = [cpuSeconds(), performance.now()];
    await delay(WINDOW_MS);
    raw.push(((cpuSeconds() - before) * WINDOW_MS) / (performance.now() - beganAt));
    say(`${what}, window ${run + 1}: ${(raw.at(-1) ?? 0).toFixed(2)} s of processor time`);
  }
  return raw;
}

function quoted(argument: string): string {
  return /^[\w./:=@%+-]+$/.test(argument) ? argument : `'${argument}'`;
}

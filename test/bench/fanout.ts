import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '#kit/process/errors.ts';
import type { Bench, BenchOptions } from './bench.ts';
import type { Drained } from './fanout/drain.ts';
import { bareLoop, buildPrograms, type FanoutStage, makeWay, openStage } from './fanout/stage.ts';
import { refuseTarget } from './on-product.ts';
import { quantile } from './report.ts';

const VIEWERS = 600;
/** What one core should hold; on a slower machine as many as leave this much of it free. */
const MOST_VIEWERS = 1_500;
const MOST_OF_A_CORE = 0.75;
/** What TypeScript alone serves without losing packets. */
const TWIN_VIEWERS = 100;
const BEFORE_STORM = 100;
const STORM = 500;
/** Who watches while what all share finds its size: the room's window for HLS is full, what waits in the pump has gone round. */
const FIRST_VIEWERS = 100;
const STEADY_MS = 80_000;
const WINDOW_MS = 10_000;
/** The bursts that viewers begin with have passed. */
const REST_MS = 3_000;
const AUDIO_PACKETS_A_SECOND = 50;
const VIDEO_FRAMES_A_SECOND = 25;

interface Window extends Drained {
  readonly cpuShare: number;
  readonly usAPacket: number;
  readonly packetsASecond: number;
  readonly lossPercent: number;
}

/**
 * One edge process on one processor, its viewers on the other: real WHEP, DTLS and SRTP for each. Processor time of the whole edge for each packet
 * sent, against a bare loop in C with the same ciphers and sends; then as many viewers as one core should hold; then a rush at the door.
 */
export const fanout: Bench = async function* (options) {
  refuseTarget(options, 'it measures the processor time of its own edge.');
  if (availableParallelism() < 2) throw new CodedError('usage', 'This takes two processors: one for the edge, one for its viewers.');
  await using programs = buildPrograms();
  makeWay();
  const twin = await twinWindow(programs.drain, options);
  const { few, kbAViewer, frames } = await crowd(programs.drain, options);
  const { command, bare } = await inBareC(programs, few, options);
  yield {
    case: 'packet', unit: 'µs of processor time', raw: few.map(({ usAPacket }) => usAPacket), promise: { median: 2.7 },
    baseline: { name: 'a bare loop in C: AES-GCM and the same sends', command, raw: bare },
    notes: { ...notesOf(few), kbAViewer, framesAPlayerSaw: frames, twinUs: rounded(twin.usAPacket), twinViewers: TWIN_VIEWERS },
  };
  const viewers = mostViewers(few);
  const many = await windowsWith(viewers, programs.drain, options);
  const bareCorePercent = rounded((quantile(bare, 0.5) * MOST_VIEWERS * packetsAViewer(few)) / 1e4);
  yield {
    case: 'most-viewers', unit: 'ms, p99 from the last packet of a frame leaving its publisher to the arrival of each at a viewer', raw: many.map(({ p99Ms }) => p99Ms), promise: { median: 20 },
    baseline: { name: `the same with ${VIEWERS} viewers`, command: null, raw: few.map(({ p99Ms }) => p99Ms) },
    notes: { viewers, ...notesOf(many), [`bareCorePercentAt${MOST_VIEWERS}`]: bareCorePercent },
  };
  yield await storm(programs.drain, options);
};

const packetsAViewer = (few: readonly Window[]): number => quantile(few.map(({ packetsASecond }) => packetsASecond), 0.5) / VIEWERS;

function mostViewers(few: readonly Window[]): number {
  const us = quantile(few.map(({ usAPacket }) => usAPacket), 0.5);
  return Math.min(MOST_VIEWERS, Math.floor((MOST_OF_A_CORE * 1e6) / (us * packetsAViewer(few))));
}

async function inBareC(programs: { readonly drain: string; readonly bare: string }, few: readonly Window[], { runs, say }: BenchOptions): Promise<{ command: string; bare: number[] }> {
  const packetsAFrame = Math.max(1, Math.round((packetsAViewer(few) - AUDIO_PACKETS_A_SECOND) / VIDEO_FRAMES_A_SECOND));
  const bare: number[] = [];
  let command = '';
  for (let run = 0; run < runs; run++) {
    const measured = await bareLoop(programs, { viewers: VIEWERS, packetsAFrame, seconds: WINDOW_MS / 1_000 });
    bare.push(measured.us);
    ({ command } = measured);
  }
  say(`bare loop in C: ${quantile(bare, 0.5).toFixed(2)} µs a packet`);
  return { command, bare };
}

async function twinWindow(drain: string, options: BenchOptions): Promise<Window> {
  await using stage = await openStage('typescript', drain, TWIN_VIEWERS);
  await stage.viewers.join(TWIN_VIEWERS);
  await delay(REST_MS);
  return await measure(stage, 'TypeScript', options);
}

async function crowd(drain: string, options: BenchOptions): Promise<{ few: Window[]; kbAViewer: number; frames: number }> {
  await using stage = await openStage('native', drain, VIEWERS);
  await stage.viewers.join(FIRST_VIEWERS);
  await delay(STEADY_MS);
  const firstKb = stage.memoryKb();
  await stage.viewers.join(VIEWERS - FIRST_VIEWERS);
  await delay(REST_MS);
  const before = stage.viewers.frames;
  const few = await windows(stage, options);
  return { few, kbAViewer: Math.round((stage.memoryKb() - firstKb) / (VIEWERS - FIRST_VIEWERS)), frames: stage.viewers.frames - before };
}

async function windowsWith(viewers: number, drain: string, options: BenchOptions): Promise<Window[]> {
  await using stage = await openStage('native', drain, viewers);
  await stage.viewers.join(viewers);
  await delay(REST_MS);
  return await windows(stage, options);
}

async function storm(drain: string, options: BenchOptions) {
  await using stage = await openStage('native', drain, BEFORE_STORM + STORM);
  await stage.viewers.join(BEFORE_STORM);
  await delay(REST_MS);
  stage.drain.countAnew(BEFORE_STORM);
  await delay(WINDOW_MS);
  const calm = await stage.drain.counted();
  stage.drain.countAnew(BEFORE_STORM);
  const [beganAt, before] = [performance.now(), stage.cpuSeconds()];
  await stage.viewers.join(STORM);
  const seconds = (performance.now() - beganAt) / 1_000;
  const corePercent = ((stage.cpuSeconds() - before) * 100) / seconds;
  const rush = await stage.drain.counted();
  options.say(`${STORM} came in within ${seconds.toFixed(1)} s, ${corePercent.toFixed(0)} % of a core`);
  return {
    case: 'join-storm', unit: 'ms, p99 of those already in', raw: [rush.p99Ms], baseline: { name: 'the same viewers in calm', command: null, raw: [calm.p99Ms] }, promise: { median: 20 },
    notes: { came: STORM, turnedAway: stage.viewers.turnedAway, withinSeconds: rounded(seconds), corePercent: Math.round(corePercent), soundP99Ms: rush.soundP99Ms, calmSoundP99Ms: calm.soundP99Ms, lossPercent: rounded(lossOf(rush)), calmLossPercent: rounded(lossOf(calm)) },
  };
}

async function windows(stage: FanoutStage, options: BenchOptions): Promise<Window[]> {
  const measured: Window[] = [];
  for (let run = 0; run < options.runs; run++) measured.push(await measure(stage, `${stage.viewers.size} viewers`, options));
  return measured;
}

async function measure(stage: FanoutStage, what: string, { say }: BenchOptions): Promise<Window> {
  stage.drain.countAnew(stage.viewers.size);
  const [beganAt, before] = [performance.now(), stage.cpuSeconds()];
  await delay(WINDOW_MS);
  const [drained, cpu, seconds] = [await stage.drain.counted(), stage.cpuSeconds() - before, (performance.now() - beganAt) / 1_000];
  const window = { ...drained, cpuShare: cpu / seconds, usAPacket: (cpu * 1e6) / drained.packets, packetsASecond: drained.packets / seconds, lossPercent: lossOf(drained) };
  say(`${what}: ${window.usAPacket.toFixed(2)} µs a packet, ${Math.round(window.packetsASecond)} packets/s, ${(window.cpuShare * 100).toFixed(0)} % of a core, lost ${window.lossPercent.toFixed(3)} %, p50 ${drained.p50Ms} ms, p99 ${drained.p99Ms} ms, of sound ${drained.soundP50Ms} and ${drained.soundP99Ms} ms, ${drained.flowing} have both picture and sound`);
  return window;
}

function notesOf(all: readonly Window[]): Record<string, number> {
  const median = (of: (window: Window) => number): number => rounded(quantile(all.map(of), 0.5));
  return {
    packetsASecond: Math.round(median(({ packetsASecond }) => packetsASecond)),
    corePercent: median(({ cpuShare }) => cpuShare * 100),
    lossPercent: median(({ lossPercent }) => lossPercent),
    p50Ms: median(({ p50Ms }) => p50Ms),
    p99Ms: median(({ p99Ms }) => p99Ms),
    soundP50Ms: median(({ soundP50Ms }) => soundP50Ms),
    soundP99Ms: median(({ soundP99Ms }) => soundP99Ms),
    timedShare: median(({ timed, packets }) => timed / packets),
    flowing: median(({ flowing }) => flowing),
  };
}

function lossOf({ lost, packets, repairs }: Drained): number {
  return (lost * 100) / Math.max(1, packets - repairs + lost);
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

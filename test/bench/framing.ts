import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, BenchOptions } from './bench.ts';
import { onProduct, refuseTarget, type Stage } from './on-product.ts';
import { cpuSecondsOfTree } from './process-cpu.ts';

/** The lecturer's whole walk (test/simulators/classroom/script.py). */
const WALK_MS = 60_000;
const SAMPLE_MS = 200;
/** After a walk the camera is still catching up: only then does it stand, or not. */
const CATCHING_UP_MS = 1_500;
/** Slower than this a motor stands, degrees a second. */
const STANDS_DEG_PER_S = 0.2;
const CAMERA = 'camera';

/** What the simulated room knows of itself, as far as it is read here. */
interface Truth {
  readonly atMs: number;
  readonly phase: string;
  readonly head: { readonly inFrame: { readonly x: number; readonly y: number } };
  readonly camera: { readonly panRate: number; readonly zoom: number };
}

/**
 * The box's automatic operator follows the simulated lecturer during a class that is recorded and sent, one walk a run. Where his head is in
 * the picture, the room itself tells. The baseline is the same walk with the camera left alone.
 */
export const framing: Bench = async function* (options) {
  refuseTarget(options, 'the ground truth is that of its own simulated room.');
  await using stage = await onProduct(options);
  await stage.browser.close();
  await stage.box.start();
  await stage.box.until('a class that is recorded and seen', ({ recording, stream }) => recording.proven && stream.seenAtEdge);
  options.say('One walk with the camera left alone…');
  const alone = await walk(stage);
  await stage.box.frame(CAMERA, { mode: 'follow' });
  await stage.box.until('the lecturer to be followed', ({ cameras }) => cameras.some(({ framing: its, panDeg }) => its?.state === 'following' && panDeg !== 0));
  const before = { cpuSeconds: cpuOfDetector(stage), atMs: performance.now() };
  const walks = await followed(stage, options);
  const cores = (cpuOfDetector(stage) - before.cpuSeconds) / ((performance.now() - before.atMs) / 1000);
  const { encoder, recording } = await stage.box.state();
  const notes = {
    detectorCores: Math.round(cores * 1000) / 1000, encoderFps: encoder.fps, recordingGaps: recording.gaps.length,
    states: [...new Set(walks.flatMap(({ states }) => states))].join(' '), zoom: walks.at(-1)?.zoom ?? 0,
  };
  const baseline = { name: 'the same walk, the camera left alone', command: null };
  yield { case: 'outside-middle-third', unit: '% of the time', raw: walks.map(outsidePercent), baseline: { ...baseline, raw: [outsidePercent(alone)] }, promise: { median: 5 }, notes };
  yield {
    case: 'reversals-standing', unit: 'a minute of standing', raw: walks.map(reversalsPerMinute), baseline: { ...baseline, raw: [reversalsPerMinute(alone)] }, promise: { median: 2 },
    notes: { standingSeconds: walks.map(({ standingMs }) => Math.round(standingMs / 1000)).join(' ') },
  };
  await stage.box.rest();
};

interface Walk {
  readonly samples: number;
  readonly outside: number;
  readonly reversals: number;
  readonly standingMs: number;
  readonly zoom: number;
  readonly states: readonly string[];
}

async function followed(stage: Stage, { runs, say }: BenchOptions): Promise<Walk[]> {
  const walks: Walk[] = [];
  for (let run = 0; run < runs; run += 1) {
    const one = await walk(stage);
    walks.push(one);
    say(`Walk ${run + 1}: ${outsidePercent(one).toFixed(1)} % outside the middle third, ${reversalsPerMinute(one).toFixed(1)} reversals a minute of standing, ${one.states.join(' ')}`);
  }
  return walks;
}

async function walk(stage: Stage): Promise<Walk> {
  const states = new Set<string>();
  const truths: Truth[] = [];
  const endMs = performance.now() + WALK_MS;
  for (let sample = 0; performance.now() < endMs; sample += 1) {
    truths.push((await (await fetch(`${stage.product.demo.simulators.control}/truth`)).json()) as Truth);
    if (sample % 10 === 0) states.add((await stage.box.state()).cameras.find(({ id }) => id === CAMERA)?.framing?.state ?? 'none');
    await delay(SAMPLE_MS);
  }
  return { ...judged(truths), states: [...states] };
}

function judged(truths: readonly Truth[]): Omit<Walk, 'states'> {
  const outside = truths.filter(({ head: { inFrame: { x, y } } }) => Math.abs(x - 0.5) > 1 / 6 || Math.abs(y - 0.5) > 1 / 6).length;
  let [reversals, standingMs, direction, stoodSinceMs] = [0, 0, 0, 0];
  for (const [index, { atMs, phase, camera }] of truths.entries()) {
    const before = truths[index - 1];
    if (before === undefined || phase === 'walk') {
      [direction, stoodSinceMs] = [0, atMs];
    } else if (atMs - stoodSinceMs >= CATCHING_UP_MS) {
      standingMs += atMs - before.atMs;
      const sign = Math.abs(camera.panRate) < STANDS_DEG_PER_S ? 0 : Math.sign(camera.panRate);
      if (sign !== 0 && direction !== 0 && sign !== direction) reversals += 1;
      if (sign !== 0) direction = sign;
    }
  }
  return { samples: truths.length, outside, reversals, standingMs, zoom: truths.at(-1)?.camera.zoom ?? 0 };
}

function outsidePercent({ outside, samples }: Walk): number {
  return (100 * outside) / samples;
}

function reversalsPerMinute({ reversals, standingMs }: Walk): number {
  return (reversals * 60_000) / standingMs;
}

function cpuOfDetector({ product }: Stage): number {
  return cpuSecondsOfTree(product.pidOf('framing'));
}

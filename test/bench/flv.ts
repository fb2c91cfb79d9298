import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '#kit/process/errors.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { makeWay } from './fanout/stage.ts';
import { type FlvStage, openStage, prepare, type Things } from './flv/stage.ts';
import { refuseTarget } from './on-product.ts';
import { quantile } from './report.ts';

const VIEWERS = 1_000;
const WINDOW_MS = 8_000;
/** The groups of pictures that viewers begin with have passed. */
const REST_MS = 4_000;

interface Windows {
  readonly corePercent: readonly number[];
  readonly mbps: number;
  readonly open: number;
  /** Of what viewers got at the mean, what came to the one who got least. */
  readonly leastPercent: number;
  readonly kbAViewer: number;
  readonly disordered: number;
  readonly delaysMs: readonly number[];
}

/** The same class in the same hour to the same viewers, by HTTP-FLV: processor time of the whole edge, against node-media-server's own. */
export const flv: Bench = async function* (options) {
  refuseTarget(options, 'it measures the processor time of its own edge.');
  if (availableParallelism() < 2) throw new CodedError('usage', 'This takes two processors: one for the server, one for its viewers.');
  using things = prepare();
  makeWay();
  const viewers = options.viewers ?? VIEWERS;
  const ours = await windows('edge-main.ts', things, viewers, options);
  const theirs = await windows('nms-main.ts', things, viewers, options);
  yield {
    case: 'core', unit: '% of a core', raw: ours.corePercent, promise: { ratio: 0.333 },
    baseline: { name: 'node-media-server\'s own HTTP-FLV, same stream, same viewers', command: null, raw: theirs.corePercent },
    notes: {
      viewers, ...notesOf(ours), p50DelayMs: rounded(quantile(ours.delaysMs, 0.5)), p99DelayMs: rounded(quantile(ours.delaysMs, 0.99)),
      ...Object.fromEntries(Object.entries(notesOf(theirs)).map(([name, value]) => [`baseline.${name}`, value])),
    },
  };
};

async function windows(program: Parameters<typeof openStage>[0], things: Things, viewers: number, { runs, say }: BenchOptions): Promise<Windows> {
  await using stage = await openStage(program, things, viewers);
  await delay(REST_MS);
  stage.probe.delaysMs();
  const corePercent: number[] = [];
  const bits: number[] = [];
  const least: number[] = [];
  let open = viewers;
  for (let run = 0; run < runs; run++) {
    const window = await measure(stage);
    say(`${program}, ${window.open} viewers: ${window.corePercent.toFixed(1)} % of a core at ${window.mbps.toFixed(0)} Mbps`);
    corePercent.push(window.corePercent);
    bits.push(window.mbps);
    least.push(window.leastPercent);
    open = Math.min(open, window.open);
  }
  return {
    corePercent, mbps: quantile(bits, 0.5), open, leastPercent: Math.min(...least), kbAViewer: Math.round((stage.memoryKb() - stage.emptyKb) / viewers),
    disordered: stage.probe.disordered, delaysMs: stage.probe.delaysMs(),
  };
}

async function measure(stage: FlvStage): Promise<{ corePercent: number; mbps: number; open: number; leastPercent: number }> {
  stage.countAnew();
  const [beganAt, before] = [performance.now(), stage.cpuSeconds()];
  await delay(WINDOW_MS);
  const [{ bytes, least, open, refused }, cpu, seconds] = [await stage.counted(), stage.cpuSeconds() - before, (performance.now() - beganAt) / 1_000];
  if (refused > 0) throw new Error(`${refused} viewers were refused`);
  return { corePercent: (cpu * 100) / seconds, mbps: (bytes * 8) / 1e6 / seconds, open, leastPercent: (least * 100 * open) / Math.max(1, bytes) };
}

function notesOf({ mbps, open, leastPercent, kbAViewer, disordered }: Windows): Record<string, number> {
  return { mbps: Math.round(mbps), open, leastPercent: rounded(leastPercent), kbAViewer, disordered };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

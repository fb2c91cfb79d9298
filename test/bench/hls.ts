import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { recordOrigin } from '#edge-relay/testing/origin.ts';
import { startNginx } from '#edge-relay/testing/nginx.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { makeWay } from './fanout/stage.ts';
import { Players, type Watched } from './hls/players.ts';
import { buildPrograms, type Programs, SERVER_CPU } from './hls/programs.ts';
import { FOLDER, type HlsStage, openStage } from './hls/stage.ts';
import { ours, plainFastify, plainNginx, type Served } from './hls/throughput.ts';
import { refuseTarget } from './on-product.ts';
import { type Measured, quantile } from './report.ts';

const PLAYERS = 5_000;
const FEW = 100;
const WINDOW_MS = 8_000;
/** Joining brings a rush of its own. */
const REST_MS = 3_000;
/** Two of the times for which a cache remembers a viewer. */
const BEHIND_CACHE_MS = 20_000;
const REMEMBERED_MS = 30_000;

interface Window extends Watched {
  readonly cpuShare: number;
  readonly seconds: number;
}

/**
 * One edge process on one processor, its players on the other, each on a connection of its own with a token of its own: delay from the instant at which
 * the edge has a part to its last byte at the player; what one processor can serve at most, against Fastify and nginx; and what nginx leaves of it.
 */
export const hls: Bench = async function* (options) {
  refuseTarget(options, 'it measures the processor time of its own edge.');
  if (availableParallelism() < 2) throw new CodedError('usage', 'This takes two processors: one for the edge, one for its players.');
  await using programs = buildPrograms();
  makeWay();
  await using stage = await openStage();
  const tokens = await stage.tokens(options.viewers ?? PLAYERS);
  yield await throughput(stage, programs, options);
  yield await arrival(stage, { tokens, programs }, options);
  yield await behindNginx(stage, { tokens, programs }, options);
};

interface Crowd {
  readonly tokens: readonly string[];
  readonly programs: Programs;
}

async function throughput(stage: HlsStage, { hammer }: Programs, { runs, say }: BenchOptions): Promise<Measured> {
  const own = await ours(stage, hammer, runs);
  const fastify = await plainFastify(hammer, own.bytes, runs);
  const nginx = await plainNginx(hammer, own.bytes, runs);
  const median = (all: readonly number[]): number => rounded(quantile(all, 0.5));
  const rate = ({ answersASecond }: Served): number => Math.round(median(answersASecond));
  say(`parts of ${own.bytes} bytes, each and a second: ours ${median(own.usAnAnswer)} µs, ${rate(own)}; Fastify from memory ${median(fastify.usAnAnswer)} µs, ${rate(fastify)}; nginx ${median(nginx.usAnAnswer)} µs, ${rate(nginx)}`);
  return {
    case: 'part', unit: 'µs of processor time', raw: own.usAnAnswer, promise: { ratio: 2.5 },
    baseline: { name: 'nginx with a file of the size, one worker, same client', command: null, raw: nginx.usAnAnswer },
    notes: {
      bytes: own.bytes, fastifyUs: median(fastify.usAnAnswer), ofNginx: rounded(median(nginx.usAnAnswer) / median(own.usAnAnswer)), ofFastify: rounded(median(fastify.usAnAnswer) / median(own.usAnAnswer)),
      partsASecond: rate(own), fastifyASecond: rate(fastify), nginxASecond: rate(nginx), classCorePercent: rounded(own.idleShare * 100),
    },
  };
}

async function arrival(stage: HlsStage, { tokens, programs }: Crowd, options: BenchOptions): Promise<Measured> {
  await using players = new Players(programs.players, { port: String(stage.port), folder: FOLDER, tokens });
  const few = await windowsWith(players, Math.min(FEW, tokens.length), stage, { ...options, runs: 1 });
  const many = await windowsWith(players, Math.max(0, tokens.length - FEW), stage, options);
  return {
    case: 'arrival', unit: 'ms, p99 from the part\'s existence at the edge to its last byte at the player', raw: many.map(({ p99Ms }) => p99Ms), promise: { median: 150 },
    baseline: { name: `the same with ${FEW} players`, command: null, raw: few.map(({ p99Ms }) => p99Ms) },
    notes: { renditionsAPlayer: 1, ...notesOf(many) },
  };
}

async function windowsWith(players: Players, more: number, stage: HlsStage, { runs, say }: BenchOptions): Promise<Window[]> {
  const beganAt = performance.now();
  if (more > 0) await players.join(more);
  say(`${more} came in within ${((performance.now() - beganAt) / 1_000).toFixed(1)} s`);
  await delay(REST_MS);
  const all: Window[] = [];
  for (let run = 0; run < runs; run += 1) all.push(await measure(players, stage, WINDOW_MS, say));
  return all;
}

async function measure(players: Players, stage: HlsStage, windowMs: number, say: BenchOptions['say']): Promise<Window> {
  players.count();
  const [beganAt, before] = [performance.now(), stage.cpuSeconds()];
  await delay(windowMs);
  const [cpu, seconds] = [stage.cpuSeconds() - before, (performance.now() - beganAt) / 1_000];
  const window = { ...(await players.tell(stage.bornAt)), seconds, cpuShare: cpu / seconds };
  const { p50Ms, p99Ms, slowestMs, answers, errors, lost, cpuShare } = window;
  say(`${window.players} players: p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, slowest ${slowestMs.toFixed(1)} ms, ${Math.round(answers / seconds)} answers/s, ${(cpuShare * 100).toFixed(0)} % of a core, ${errors} errors, ${lost} lost`);
  return window;
}

/** What nginx with the shipped configuration, on the edge's own processor, lets through to the edge. */
async function behindNginx(stage: HlsStage, { tokens, programs }: Crowd, { say }: BenchOptions): Promise<Measured> {
  await using origin = await recordOrigin(stage.port);
  await using nginx = await startNginx({ origin: origin.port, before: ['taskset', '-c', String(SERVER_CPU)] });
  await using players = new Players(programs.players, { port: String(nginx.ports.bare), folder: FOLDER, tokens });
  await players.join(tokens.length);
  await delay(REST_MS);
  const beganAt = performance.now();
  const window = await measure(players, stage, BEHIND_CACHE_MS, say);
  const asked = origin.asked.filter(({ atMs }) => atMs >= beganAt);
  const media = asked.filter(({ path }) => !path.endsWith('/authorisation'));
  const resources = new Set(media.map(({ path, query }) => `${path} ${query.get('_HLS_msn')}.${query.get('_HLS_part')} ${query.get('sig')}`));
  const authorisations = origin.asked.filter(({ path }) => path.endsWith('/authorisation')).map(({ query, atMs }) => ({ token: query.get('token') ?? '', atMs }));
  return {
    case: 'behind-nginx', unit: 'requests at the edge for each playlist and part', raw: [media.length / resources.size], promise: { median: 1 },
    baseline: { name: 'answers of nginx for each of them', command: null, raw: [window.answers / resources.size] },
    notes: { ...notesOf([window]), resources: resources.size, soonestSecondAuthorisationSeconds: soonestAgainSeconds(authorisations), authorisations: authorisations.length },
  };
}

/** Least time between two authorisations of one viewer; what it may be remembered for where none had a second. */
function soonestAgainSeconds(all: readonly { readonly token: string; readonly atMs: number }[]): number {
  const last = new Map<string, number>();
  let soonestMs = REMEMBERED_MS;
  for (const { token, atMs } of all) {
    soonestMs = Math.min(soonestMs, atMs - (last.get(token) ?? Number.NEGATIVE_INFINITY));
    last.set(token, atMs);
  }
  return rounded(soonestMs / 1_000);
}

function notesOf(all: readonly Window[]): Record<string, number> {
  const median = (of: (window: Window) => number): number => rounded(quantile(all.map(of), 0.5));
  return {
    players: median(({ players }) => players),
    p50Ms: median(({ p50Ms }) => p50Ms),
    p99Ms: median(({ p99Ms }) => p99Ms),
    slowestMs: median(({ slowestMs }) => slowestMs),
    answersASecond: median(({ answers, seconds }) => answers / seconds),
    partsASecond: median(({ arrivals, seconds }) => arrivals / seconds),
    mbps: median(({ bytes, seconds }) => (bytes * 8) / seconds / 1e6),
    edgeCorePercent: median(({ cpuShare }) => cpuShare * 100),
    errors: all.reduce((sum, { errors }) => sum + errors, 0),
    lost: all.reduce((sum, { lost }) => sum + lost, 0),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

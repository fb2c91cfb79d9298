import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import Type from 'typebox';
import { until } from '#edge-relay/testing/edge.ts';
import { checker } from '#kit/process/check.ts';
import { HEAP_OPTIONS } from '#kit/process/heap-options.ts';
import { cpuSecondsOfTree } from '../process-cpu.ts';
import { type Departure, Drain } from './drain.ts';
import { Viewers } from './viewers.ts';

/** The edge has one processor to itself; everybody else shares the other. */
const EDGE_CPU = 0;
const OTHER_CPU = 1;
const HOST = '127.0.0.1';
/** Viewers who take their packets apart as a player does, the proof that the others' are good. */
const FULL_VIEWERS = 3;

const asEdge = checker(Type.Object({ url: Type.String(), udpPort: Type.Integer(), publishToken: Type.String(), watchToken: Type.String() }), 'bad_edge');

/** Programs in C that the bench measures with, for `await using`. @throws Error where there is no compiler */
export function buildPrograms(): AsyncDisposable & { readonly drain: string; readonly bare: string } {
  const folder = mkdtempSync(join(tmpdir(), 'fanout-'));
  const build = (name: string): string => {
    const output = join(folder, name);
    const builder = join(import.meta.dirname, '../../../edge-relay/pump/build.mjs');
    const { status, stderr } = spawnSync(process.execPath, [builder, 'program', output, join(import.meta.dirname, `${name}.c`)], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return output;
  };
  return { drain: build('drain'), bare: build('bare'), [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }) };
}

/** This process too leaves the edge's processor alone. */
export function makeWay(): void {
  spawnSync('taskset', ['-acp', String(OTHER_CPU), String(process.pid)]);
}

export interface FanoutStage extends AsyncDisposable {
  readonly drain: Drain;
  readonly viewers: Viewers;
  /** Of the edge and what runs below it, since it began. */
  cpuSeconds(): number;
  /** Of the edge alone. */
  memoryKb(): number;
}

/** An edge on a processor of its own with a class in it, and room for so many viewers. */
export async function openStage(pump: 'native' | 'typescript', drainProgram: string, viewers: number): Promise<FanoutStage> {
  const edge = pinned(EDGE_CPU, ['edge-main.ts', pump]);
  const { url, udpPort, publishToken, watchToken } = asEdge(JSON.parse(await firstLine(edge)));
  const publisher = pinned(OTHER_CPU, ['publisher-main.ts', url, publishToken]);
  const drain = new Drain({ program: drainProgram, cpu: OTHER_CPU, viewers, server: { host: HOST, port: udpPort }, full: FULL_VIEWERS });
  createInterface({ input: publisher.stdout as Readable }).on('line', (line) => drain.departed(departureOf(line)));
  await until(() => isLive(url));
  const { pid = 0 } = edge;
  const joined = new Viewers(drain, { url: `${url}/whep/room-1`, token: watchToken });
  return {
    drain,
    viewers: joined,
    cpuSeconds: () => cpuSecondsOfTree(pid),
    memoryKb: () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]),
    [Symbol.asyncDispose]: async () => {
      await joined.close();
      drain.close();
      for (const child of [publisher, edge]) await ended(child);
    },
  };
}

/** Processor time of a packet in the bare loop, µs. */
export async function bareLoop(programs: { readonly drain: string; readonly bare: string }, load: { readonly viewers: number; readonly packetsAFrame: number; readonly seconds: number }): Promise<{ us: number; command: string }> {
  const drain = new Drain({ program: programs.drain, cpu: OTHER_CPU, viewers: load.viewers, server: { host: HOST, port: 9 }, full: 0 });
  const args = [HOST, String(load.seconds), String(load.packetsAFrame)];
  try {
    const bare = spawn('taskset', ['-c', String(EDGE_CPU), programs.bare, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    bare.stdin.end((await drain.ports).join('\n'));
    return { us: Number(await firstLine(bare)), command: `bare ${args.join(' ')}` };
  } finally {
    drain.close();
  }
}

function pinned(cpu: number, [file = '', ...args]: readonly string[]): ChildProcess {
  return spawn('taskset', ['-c', String(cpu), process.execPath, ...HEAP_OPTIONS, join(import.meta.dirname, file), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

function departureOf(line: string): Departure {
  const [kind, timestamp, atUs] = line.split(' ');
  return { kind: kind === 'audio' ? 'audio' : 'video', timestamp: Number(timestamp), atUs: Number(atUs) };
}

export async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as Readable })) if (line.trim() !== '') return line;
  throw new Error('a process of the bench ended without a word');
}

async function isLive(url: string): Promise<boolean> {
  const { live } = (await (await fetch(`${url}/api/rooms/room-1`)).json()) as { live?: boolean };
  return live === true;
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.stdin?.end();
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exit;
  clearTimeout(late);
}

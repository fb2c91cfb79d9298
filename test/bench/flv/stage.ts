import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import Type, { type Static } from 'typebox';
import { until } from '#edge-relay/testing/edge.ts';
import { checker } from '#kit/process/check.ts';
import { HEAP_OPTIONS } from '#kit/process/heap-options.ts';
import { ended, firstLine } from '../fanout/stage.ts';
import { cpuSecondsOfTree } from '../process-cpu.ts';
import { Probe } from './probe.ts';

/** The server has one processor to itself; everybody else shares the other. */
const SERVER_CPU = 0;
const OTHER_CPU = 1;
const HOST = '127.0.0.1';
const CLASS_SECONDS = 20;
const PICTURES = ['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=25,noise=alls=12:allf=t', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-profile:v', 'baseline', '-g', '25', '-sc_threshold', '0', '-b:v', '1370k', '-maxrate', '1370k', '-bufsize', '700k'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=sample_rate=48000', '-ac', '2', '-c:a', 'aac', '-b:a', '128k'];

const asServer = checker(Type.Object({ publish: Type.String(), port: Type.Integer(), target: Type.String() }), 'bad_server');
const Counted = Type.Object({ open: Type.Integer(), refused: Type.Integer(), bytes: Type.Integer(), least: Type.Integer() });
const asCounted = checker(Counted, 'bad_report');
/** `least`: bytes of the viewer who got fewest. */
export type Counted = Static<typeof Counted>;

export interface Things extends Disposable {
  readonly folder: string;
  readonly drain: string;
  /** 720p and sound, 1.5 Mbps. */
  readonly clip: string;
}

/** The drain and a class to send. @throws Error where there is no compiler */
export function prepare(): Things {
  const folder = mkdtempSync(join(tmpdir(), 'flv-'));
  const [drain, clip] = [join(folder, 'drain'), join(folder, 'class.flv')];
  run('gcc', ['-std=c11', '-D_GNU_SOURCE', '-O2', '-o', drain, join(import.meta.dirname, 'drain.c')]);
  const [pictures, sound] = [PICTURES, SOUND].map((args) => [args.slice(0, 4), args.slice(4)]);
  run('ffmpeg', ['-v', 'error', ...(pictures?.[0] ?? []), ...(sound?.[0] ?? []), '-t', String(CLASS_SECONDS), ...(pictures?.[1] ?? []), ...(sound?.[1] ?? []), clip]);
  return { folder, drain, clip, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface FlvStage extends AsyncDisposable {
  readonly probe: Probe;
  countAnew(): void;
  counted(): Promise<Counted>;
  /** Of the server and what runs below it, since it began. */
  cpuSeconds(): number;
  /** Of the server alone. */
  memoryKb(): number;
  /** The same before anybody watched. */
  readonly emptyKb: number;
}

/** A server on a processor of its own with the class in it, and so many viewers who are all in. */
export async function openStage(program: 'edge-main.ts' | 'nms-main.ts', { folder, drain, clip }: Things, viewers: number): Promise<FlvStage> {
  const server = pinned(SERVER_CPU, process.execPath, [...HEAP_OPTIONS, join(import.meta.dirname, program), folder]);
  const { publish, port, target } = asServer(JSON.parse(await firstLine(server)));
  const encoder = pinned(OTHER_CPU, 'ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', clip, '-c', 'copy', '-f', 'flv', publish]);
  const url = `http://${HOST}:${port}${target}`;
  await until(() => sends(url));
  const { pid = 0 } = server;
  const memoryKb = (): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  const emptyKb = memoryKb();
  const crowd = pinned(OTHER_CPU, drain, [HOST, String(port), String(viewers), target]);
  const lines = createInterface({ input: crowd.stdout as Readable });
  const counted = async (): Promise<Counted> => {
    crowd.stdin?.write('q');
    return asCounted(JSON.parse(await nextLine(lines)));
  };
  const probe = await Probe.open(url);
  await until(async () => (await counted()).least > 0, 60_000);
  return {
    probe, counted,
    countAnew: () => void crowd.stdin?.write('r'),
    cpuSeconds: () => cpuSecondsOfTree(pid),
    memoryKb, emptyKb,
    [Symbol.asyncDispose]: async () => {
      probe.close();
      encoder.kill('SIGKILL');
      for (const child of [crowd, server]) await ended(child);
    },
  };
}

function pinned(cpu: number, command: string, args: readonly string[]): ChildProcess {
  return spawn('taskset', ['-c', String(cpu), command, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
}

async function nextLine(lines: Interface): Promise<string> {
  const [line] = (await once(lines, 'line')) as [string];
  return line;
}

/** Both servers let viewers in; node-media-server also before anything is sent. */
async function sends(url: string): Promise<boolean> {
  const request = get(url, { agent: false });
  request.on('error', () => undefined);
  return await new Promise((resolve) => {
    const enough = (bytes: number): void => {
      if (bytes > 10_000) resolve(true);
    };
    let bytes = 0;
    request.on('response', (response) => {
      response.on('error', () => undefined);
      response.on('data', (chunk: Buffer) => enough((bytes += chunk.length)));
      if (response.statusCode !== 200) resolve(false);
    });
    setTimeout(() => resolve(false), 500);
  }).then((sent) => {
    request.destroy();
    return sent === true;
  });
}

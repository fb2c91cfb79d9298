import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { startChild, type Child } from '#kit/process/child.ts';
import { readDemo, type DemoFile } from '../demo/demo.ts';
import { freePortBase } from './free-base.ts';

export interface ProductOptions {
  /** Where the edge tells others to send WebRTC media, instead of to itself. */
  readonly edgeMediaPort?: number;
  readonly unclaimed?: boolean;
  /** What every Node of it is started with besides. */
  readonly nodeOptions?: readonly string[];
}

/** The whole product with its simulated room, started as a person would start it, in a folder and on ports of its own. */
export interface Product {
  readonly demo: DemoFile;
  /** Everything that the installation keeps, keys included. */
  readonly dir: string;
  /** The process of the moment: a restarted service has a new one. @throws Error while there is none */
  pidOf(service: string): number;
  /** All that a service wrote to its log. */
  said(service: string): string;
  /** The last lines of every service's log, for when something went wrong. */
  logs(): string;
  /** Ends every process and removes the folder. Twice is harmless. */
  stop(): Promise<void>;
}

const repository = join(import.meta.dirname, '../..');
const node = join(repository, 'node_modules/node/bin/node');
const READY_TIMEOUT_MS = 150_000;
const TRIES = 3;

/** @throws Error with the launcher's last words and the services' logs when it does not get ready */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  for (let tried = 1; ; tried++) {
    try {
      return await startOn(await freePortBase(), options);
    } catch (error) {
      // Somebody was quicker with one of the ports.
      if (tried === TRIES || !String(error).includes('LECTERN_PORT_BASE')) throw error;
    }
  }
}

async function startOn(portBase: number, options: ProductOptions): Promise<Product> {
  const dir = mkdtempSync(join(tmpdir(), 'lectern-product-'));
  const stopping = new AbortController();
  const launcher = startChild(node, argumentsOf(dir, options), {
    signal: stopping.signal,
    name: 'launcher',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LECTERN_PORT_BASE: String(portBase), ...(options.nodeOptions === undefined ? {} : { NODE_OPTIONS: options.nodeOptions.join(' ') }) },
    killAfterMs: 10_000,
  });
  const stop = async (): Promise<void> => {
    stopping.abort();
    await launcher.exited;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await saysReady(launcher);
    const demo = readDemo(join(dir, 'demo.json'));
    if (demo === undefined) throw new Error('The launcher said ready without writing demo.json.');
    return { demo, dir, stop, pidOf: (service) => readPid(demo.pidDir, service), said: (service) => readFileSync(join(demo.dirs.logs, `${service}.log`), 'utf8'), logs: () => lastLines(join(dir, 'logs')) };
  } catch (error) {
    const logs = lastLines(join(dir, 'logs'));
    await stop();
    throw new Error(`The product did not start: ${String(error)}\n${logs}`, { cause: error });
  }
}

function argumentsOf(dir: string, { edgeMediaPort, unclaimed }: ProductOptions): string[] {
  return [
    join(repository, 'test/demo/main.ts'),
    '--dir', dir,
    '--cache', join(repository, '.lectern/cache'),
    ...(unclaimed ? ['--unclaimed'] : []),
    ...(edgeMediaPort === undefined ? [] : ['--edge-media-port', String(edgeMediaPort)]),
  ];
}

async function saysReady({ process: child, exited }: Child): Promise<void> {
  const timeout = AbortSignal.timeout(READY_TIMEOUT_MS);
  const ended = exited.then(({ code, lastWords }) => Promise.reject(new Error(`exited with ${code}: ${lastWords}`)));
  const late = new Promise<never>((_resolve, reject) => {
    timeout.addEventListener('abort', () => reject(new Error(`not ready within ${READY_TIMEOUT_MS / 1000} s`)), { once: true });
  });
  await Promise.race([readyLine(child), ended, late]);
}

function readyLine(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4096);
      if (/^ready$/m.test(said)) resolve();
    });
  });
}

function readPid(pidDir: string, service: string): number {
  const file = join(pidDir, `${service}.pid`);
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : NaN;
  if (!Number.isInteger(pid)) throw new Error(`${service} is not running: ${file} names no process`);
  return pid;
}

function lastLines(logDir: string): string {
  if (!existsSync(logDir)) return 'no logs';
  const tail = (file: string): string => readFileSync(join(logDir, file), 'utf8').trimEnd().split('\n').slice(-25).join('\n');
  return readdirSync(logDir).map((file) => `--- ${file}\n${tail(file)}`).join('\n');
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import Type, { type Static } from 'typebox';
import { checker } from '#kit/process/check.ts';
import { HEAP_OPTIONS } from '#kit/process/heap-options.ts';

/** Who is measured has one processor to itself; everybody else shares the other. */
export const SERVER_CPU = 0;
export const OTHER_CPU = 1;
export const HOST = '127.0.0.1';

const Hammered = Type.Object({ answers: Type.Integer(), bytes: Type.Integer(), errors: Type.Integer(), seconds: Type.Number() });
const asHammered = checker(Hammered, 'bad_report');

export interface Programs extends AsyncDisposable {
  readonly players: string;
  readonly hammer: string;
}

/** The clients in C. @throws Error with the compiler's words, or that there is none */
export function buildPrograms(): Programs {
  const folder = mkdtempSync(join(tmpdir(), 'bench-hls-'));
  const build = (name: string): string => {
    const output = join(folder, name);
    const { status, stderr, error } = spawnSync('gcc', ['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-O2', '-o', output, join(import.meta.dirname, `${name}.c`)], { encoding: 'utf8' });
    if (status !== 0) throw error ?? new Error(stderr);
    return output;
  };
  return { players: build('players'), hammer: build('hammer'), [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }) };
}

/** A program of ours on one processor. */
export function pinned(cpu: number, command: readonly string[]): ChildProcess {
  return spawn('taskset', ['-c', String(cpu), ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
}

export function pinnedNode(cpu: number, [file = '', ...args]: readonly string[]): ChildProcess {
  return pinned(cpu, [process.execPath, ...HEAP_OPTIONS, join(import.meta.dirname, file), ...args]);
}

/** Each line to `take`; resolves with the first. */
export async function readLines(child: ChildProcess, take: (line: string) => void = () => undefined): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const lines = createInterface({ input: child.stdout as Readable });
  lines.on('line', (line) => (resolve(line), take(line)));
  lines.on('close', () => reject(new Error('a process of the bench ended without a word')));
  return promise;
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.stdin?.end();
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exit;
  clearTimeout(late);
}

/** So many connections ask one address for so long as the server can answer. @throws Error where it answers with anything but 200 */
export async function hammer(program: string, { url, connections, seconds }: { readonly url: string; readonly connections: number; readonly seconds: number }): Promise<Static<typeof Hammered>> {
  const { port, pathname, search } = new URL(url);
  const child = pinned(OTHER_CPU, [program, HOST, port, String(connections), String(seconds), pathname + search]);
  const result = asHammered(JSON.parse(await readLines(child)));
  await ended(child);
  if (result.errors > 0) throw new Error(`${url}: ${result.errors} answers of ${result.answers} were refused`);
  return result;
}

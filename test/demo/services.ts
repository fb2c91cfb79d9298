import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '#kit/process/child.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { HEAP_OPTIONS } from '#kit/process/heap-options.ts';
import { supervise } from '#kit/process/supervisor.ts';

export interface Service {
  /** Also its pid file and its log file. */
  readonly name: string;
  /** TypeScript file below the repository's root. */
  readonly main: string;
  readonly configFile: string;
  /** Of Node, before the program. */
  readonly nodeOptions?: readonly string[];
}

export interface ServiceRunner {
  readonly logDir: string;
  readonly pidDir: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const repository = join(import.meta.dirname, '../..');
/** sysexits(3) EX_CONFIG: starting again would not help. */
const EXIT_BAD_CONFIG = 78;

/** Keeps a service running as systemd would, its words in `<logDir>/<name>.log`. Resolves on abort; rejects only on bad configuration. */
export function runService(service: Service, runner: ServiceRunner): Promise<void> {
  const fatal = new AbortController();
  const run = async (signal: AbortSignal): Promise<void> => {
    const { code, lastWords } = await runOnce(service, runner, signal);
    if (code === EXIT_BAD_CONFIG) fatal.abort(new CodedError('bad_config', lastWords));
    if (!signal.aborted) throw new Error(`exited with code ${code}`);
  };
  const signal = AbortSignal.any([runner.signal, fatal.signal]);
  return supervise(service.name, run, { signal, log: runner.log, minDelayMs: 200, maxDelayMs: 3_000 }).then(() => {
    if (fatal.signal.aborted) throw fatal.signal.reason;
  });
}

async function runOnce(service: Service, { logDir, pidDir }: ServiceRunner, signal: AbortSignal) {
  mkdirSync(logDir, { recursive: true });
  const file = createWriteStream(join(logDir, `${service.name}.log`), { flags: 'a' });
  const env = { ...process.env, LECTERN_PID_DIR: pidDir };
  const child = startChild(process.execPath, [...HEAP_OPTIONS, ...(service.nodeOptions ?? []), join(repository, service.main), '--config', service.configFile], {
    signal,
    name: service.name,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    killAfterMs: 6_000,
  });
  child.process.stdout?.pipe(file, { end: false });
  child.process.stderr?.pipe(file, { end: false });
  const exit = await child.exited;
  file.end();
  return exit;
}

/** Waits until `url` answers 2xx. @throws CodedError `not_started` after `timeoutMs`, with what it said last */
export async function waitUntilUp(url: string, signal: AbortSignal, timeoutMs = 60_000): Promise<void> {
  await waitFor(url, signal, timeoutMs, async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return answer.ok ? true : Promise.reject(new Error(`HTTP ${answer.status} ${(await answer.text()).slice(0, 300)}`));
  });
}

/** Asks again every 100 ms until `ask` resolves with something. @throws CodedError `not_started` with the last reason */
export async function waitFor<T>(what: string, signal: AbortSignal, timeoutMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown = 'no answer';
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await delay(100, undefined, { signal });
  }
  throw new CodedError('not_started', `${what} did not come up in ${timeoutMs / 1000} s: ${String(last)}`, { cause: last });
}

import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Log } from './log.ts';
import { HEAP_OPTIONS } from './heap-options.ts';
import { writePid } from './run-service.ts';

export interface ChildOptions {
  readonly signal: AbortSignal;
  /** Names the pid file (`<LECTERN_PID_DIR>/<name>.pid`) and log lines. */
  readonly name: string;
  readonly log?: Log;
  /** Standard error is kept as last words wherever it is `'pipe'`. */
  readonly stdio?: StdioOptions;
  readonly env?: NodeJS.ProcessEnv;
  /** Between the polite and the final signal, ms. */
  readonly killAfterMs?: number;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it said on standard error, 4 kB at most. */
  readonly lastWords: string;
}

export interface Child {
  readonly process: ChildProcess;
  /** Settles when it is gone and its pipes are closed; never rejects: a command that cannot be started exits with code 127. */
  readonly exited: Promise<ChildExit>;
}

const LAST_WORDS_BYTES = 4096;

/**
 * Starts a child that cannot outlive this process: the kernel kills it (prctl(2) PR_SET_PDEATHSIG, through setpriv(1)) even when
 * this process is killed without a chance to clean up. On abort it gets SIGTERM, then SIGKILL.
 */
export function startChild(command: string, args: readonly string[], options: ChildOptions): Child {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], {
    stdio: options.stdio ?? ['ignore', 'ignore', 'pipe'],
    env: options.env ?? process.env,
  });
  const removePid = child.pid === undefined ? () => undefined : writePid(options.name, child.pid);
  const words = keepLastWords(child);
  const stopKilling = killOnAbort(child, options.signal, options.killAfterMs ?? 2_000);
  const exited = exitOf(child, words).finally(() => {
    stopKilling();
    removePid();
  });
  return { process: child, exited };
}

/** {@link startChild} for one of our own TypeScript files, with a Node IPC channel. It logs to our standard error. */
export function forkTs(file: string, args: readonly string[], options: ChildOptions): Child {
  return startChild(process.execPath, [...HEAP_OPTIONS, file, ...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], ...options });
}

/** Sends over a child's IPC channel if it is still there; a message to a child that just died is lost with it. */
export function sendTo(child: ChildProcess, message: object): void {
  if (child.connected) child.send(message, () => undefined);
}

function keepLastWords(child: ChildProcess): () => string {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-LAST_WORDS_BYTES);
  });
  return () => words.trim();
}

function killOnAbort(child: ChildProcess, signal: AbortSignal, killAfterMs: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  };
}

async function exitOf(child: ChildProcess, lastWords: () => string): Promise<ChildExit> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal, lastWords: lastWords() };
  } catch (error) {
    return { code: 127, signal: null, lastWords: String(error) };
  }
}

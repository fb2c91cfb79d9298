import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { CodedError, codeOf, reasonOf } from './errors.ts';
import { createLog, type Log } from './log.ts';

const STOP_TIMEOUT_MS = 5_000;
/** By then everything is loaded that a start loads. */
const STARTED_MS = 10_000;

/**
 * Runs one process from start to end: SIGTERM and SIGINT (and, for a child with IPC, its parent's end) abort the signal, `main`
 * releases what it holds and resolves. A failure is logged and becomes exit code 1; bad configuration 78 (sysexits EX_CONFIG).
 */
export async function runService(name: string, main: (signal: AbortSignal, log: Log) => Promise<void>): Promise<void> {
  const log = createLog(name);
  const stop = new AbortController();
  const requestStop = (): void => {
    stop.abort();
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, requestStop);
  if (process.channel) process.on('disconnect', requestStop);
  const removePid = writePid(name);
  // Node keeps what it compiled only at an orderly end: a service that is killed would compile everything again.
  setTimeout(flushCompileCache, STARTED_MS).unref();
  try {
    await main(stop.signal, log);
    process.exitCode = 0;
  } catch (error) {
    report(log, error);
    process.exitCode = error instanceof CodedError && error.code === 'bad_config' ? 78 : 1;
  } finally {
    removePid();
  }
  process.exit();
}

function report(log: Log, error: unknown): void {
  if (error instanceof CodedError) log.fatal({ code: error.code }, error.message);
  else log.fatal({ err: error }, reasonOf(error));
}

/**
 * Writes `<LECTERN_PID_DIR>/<name>.pid` where that is set; returns what removes it, unless another process has taken the name since. The file
 * is for onlookers. A disk that refuses it must not cost the process: a child that was started and then not kept would run on, unknown to all.
 */
export function writePid(name: string, pid: number = process.pid): () => void {
  const folder = process.env['LECTERN_PID_DIR'];
  if (!folder) return () => undefined;
  const file = join(folder, `${name}.pid`);
  const text = `${pid}\n`;
  ifTheDiskLets(() => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  });
  return () => ifTheDiskLets(() => {
    if (readFileSync(file, 'utf8') === text) rmSync(file, { force: true });
  });
}

function ifTheDiskLets(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (codeOf(error) === '') throw error;
  }
}

import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '#kit/process/errors.ts';
import { honest, tallyOfReport, type ReportedTally, type Tally } from './tally.ts';

export interface Check {
  readonly name: string;
  /** A command of `node_modules/.bin`, with its arguments. */
  readonly command: readonly [string, ...string[]];
}

export interface Outcome extends Tally {
  readonly name: string;
  readonly seconds: number;
  /** All that the command said, for when it failed. */
  readonly output: string;
}

/** A command that is right or wrong as a whole: one passed or one failed. */
export async function runStatic(check: Check): Promise<Outcome> {
  const { code, output, seconds } = await run(check.command);
  return { name: check.name, seconds, output, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
}

/** A vitest project: as many as it has tests. */
export async function runVitest(name: string, args: readonly string[]): Promise<Outcome> {
  const report = join(mkdtempSync(join(tmpdir(), 'lectern-report-')), 'report.json');
  const { code, output, seconds } = await run(['vitest', 'run', ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
  const { failures, ...tally } = tallyOrNothing(report);
  // The failures alone say everything; the whole output is for a run that ended without any.
  return { name, seconds, output: failures.length > 0 ? failures.join('\n\n') : output, ...honest(tally, code) };
}

function tallyOrNothing(report: string): ReportedTally {
  try {
    return tallyOfReport(report);
  } catch (error) {
    console.error(`No test report: ${reasonOf(error)}`);
    return { passed: 0, failed: 1, failures: [] };
  }
}

function run([command, ...args]: readonly [string, ...string[]]): Promise<{ code: number; output: string; seconds: number }> {
  const startedAt = performance.now();
  const child = spawn(join('node_modules/.bin', command), args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' } });
  let output = '';
  const keep = (text: Buffer): void => {
    output += text.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolve) => {
    const end = (code: number): void => resolve({ code, output, seconds: (performance.now() - startedAt) / 1000 });
    child.on('error', (error) => {
      output += reasonOf(error);
      end(127);
    });
    child.on('close', (code) => end(code ?? 1));
  });
}

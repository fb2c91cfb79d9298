import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '#kit/process/errors.ts';
import { eventually } from '../product/eventually.ts';

/** Signals the process of that name, the next one where it is just being replaced; its pid. */
export type Signal = (name: string, signal: NodeJS.Signals) => Promise<number>;

export function pidOf(pidDir: string, name: string): number {
  return Number(readFileSync(join(pidDir, `${name}.pid`), 'utf8'));
}

export function signalIn(pidDir: string): Signal {
  return (name, signal) =>
    eventually(`${name} to run`, () => {
      const pid = pidOf(pidDir, name);
      process.kill(pid, signal);
      return pid;
    });
}

/** It stands still for so long. */
export async function freeze(signal: Signal, name: string, forMs: number): Promise<void> {
  const pid = await signal(name, 'SIGSTOP');
  await delay(forMs);
  try {
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    // Somebody may have replaced it meanwhile.
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { codeOf } from '#kit/process/errors.ts';

/** USER_HZ: what the kernel counts processor time in for /proc, on every architecture that Linux has for this. */
const TICKS_A_SECOND = 100;

export interface ProcessTicks {
  readonly pid: number;
  readonly parent: number;
  /** Of its own and of the children that ended and were waited for: nothing is lost when one is replaced. */
  readonly ticks: number;
}

/** One line of /proc/PID/stat (proc(5)). The name, in parentheses, may hold spaces and parentheses itself. */
export function parseStat(line: string): ProcessTicks {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ').map(Number);
  const [, parent = 0] = fields;
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
  return { pid: Number.parseInt(line, 10), parent, ticks };
}

/** Processor seconds, user and system, that a process and everything below it have used since they began. */
export function cpuSecondsOfTree(root: number, processes: readonly ProcessTicks[] = allProcesses()): number {
  const own = processes.find(({ pid }) => pid === root)?.ticks ?? 0;
  const children = processes.filter(({ parent }) => parent === root);
  return own / TICKS_A_SECOND + children.reduce((sum, { pid }) => sum + cpuSecondsOfTree(pid, processes), 0);
}

function allProcesses(): ProcessTicks[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .filter((found) => found !== null);
}

function statOf(pid: string): ProcessTicks | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    // It ended between the listing and the look.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return null;
    throw error;
  }
}

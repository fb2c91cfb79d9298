import { readdirSync, readFileSync } from 'node:fs';
import { codeOf } from '#kit/process/errors.ts';

/** Of a process and everything below it. Proportional set size: shared pages are counted once. */
export function residentMegabytes(root: number): number {
  return [...residentByProcess(root).values()].reduce((sum, megabytes) => sum + megabytes, 0);
}

/** The same, by process. */
export function residentByProcess(root: number): ReadonlyMap<number, number> {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => parentOf(pid) === root);
  return new Map([[root, ownMegabytes(root)], ...children.flatMap((pid) => [...residentByProcess(pid)])]);
}

function ownMegabytes(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readOrNothing(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024;
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readOrNothing(`/proc/${pid}/status`))?.[1] ?? 0);
}

/** A process may end between the listing and the look. */
function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return '';
    throw error;
  }
}

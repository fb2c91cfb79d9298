import { constants, setPriority } from 'node:os';
import { codeOf } from './errors.ts';

/** Why it may be refused: no privilege (packages grant CAP_SYS_NICE), or the process is gone already. */
const EXPECTED: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'ESRCH', 'ERR_SYSTEM_ERROR']);

/**
 * Puts a process that has a deadline every few milliseconds before those that have none. False where the system does not allow it:
 * the process then runs like any other.
 */
export function preferProcess(pid: number | undefined): boolean {
  return place(pid, constants.priority.PRIORITY_HIGH);
}

/** Puts a child of a preferred process, which would run like its parent, back among those that have no deadline. */
export function preferNoLonger(pid: number | undefined): boolean {
  return place(pid, constants.priority.PRIORITY_NORMAL);
}

function place(pid: number | undefined, priority: number): boolean {
  if (pid === undefined) return false;
  try {
    setPriority(pid, priority);
    return true;
  } catch (error) {
    if (!EXPECTED.has(codeOf(error))) throw error;
    return false;
  }
}

import { readdirSync } from 'node:fs';
import { codeOf } from '#kit/process/errors.ts';
import { eventually } from '../../product/eventually.ts';
import { residentMegabytes } from '../memory.ts';
import type { LoneEdge } from './lone-edge.ts';

/** What a process holds. */
export interface Toll {
  readonly pid: number;
  readonly descriptors: number;
  /** With everything that runs below it. */
  readonly megabytes: number;
}

/** Viewers come and go by one or two, and a database opens a file now and then. */
const DESCRIPTORS_MORE = 12;
/** What garbage is not collected yet after megabytes of requests. */
const MEGABYTES_MORE = 200;
const BACK_WITHIN_MS = 30_000;

export function tollOf({ pidOf }: Pick<LoneEdge, 'pidOf'>): Toll {
  const pid = pidOf('edge');
  return { pid, descriptors: descriptorsOf(pid), megabytes: residentMegabytes(pid) };
}

/** Until an edge that lived through it holds about what it held before; what it kept where it does not. */
export async function tollKept(edge: Pick<LoneEdge, 'pidOf'>, before: Toll): Promise<string[]> {
  const kept = (): string[] => {
    const { pid, descriptors, megabytes } = tollOf(edge);
    if (pid !== before.pid) return [];
    return [
      ...(descriptors > before.descriptors + DESCRIPTORS_MORE ? [`${before.descriptors} descriptors became ${descriptors}`] : []),
      ...(megabytes > before.megabytes + MEGABYTES_MORE ? [`${before.megabytes.toFixed()} MB became ${megabytes.toFixed()}`] : []),
    ];
  };
  return await eventually('what was held to be let go', () => (kept().length === 0 ? [] : null), { timeoutMs: BACK_WITHIN_MS }).catch(kept);
}

export function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch (error) {
    // It ended just now.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return 0;
    throw error;
  }
}

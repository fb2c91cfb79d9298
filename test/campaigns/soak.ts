import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '#kit/process/errors.ts';
import type { Campaign } from './campaign.ts';
import { openLoneBox } from './lone-box.ts';
import { slopePerHour, type Sample } from './slope.ts';

const EVERY_MS = 10_000;
/** Caches fill and heaps find their size first. */
const WARM_UP = 0.25;
/** More than noise, less than what would fill a box's memory within a term. */
const SLOPE_MAX_MB_PER_HOUR = 20;

/** One class of `count` minutes: the memory of each of the box's processes, and whether it grows. */
export const soak: Campaign = async ({ count, say }) => {
  const box = await openLoneBox();
  try {
    await box.until('the program to run', ({ encoder }) => encoder.fps > 0);
    await box.post('lesson/start', { title: 'A long class' });
    await box.until('a proven recording', ({ recording }) => recording.proven);
    const root = box.pidOf('appliance');
    const samples: Sample[] = [];
    const beganMs = performance.now();
    const endMs = beganMs + count * 60_000;
    while (performance.now() < endMs) {
      await delay(EVERY_MS);
      samples.push({ hours: (performance.now() - beganMs) / 3_600_000, megabytes: residentMegabytes(root) });
    }
    const settled = samples.slice(Math.floor(samples.length * WARM_UP));
    const slope = slopePerHour(settled);
    const { recording } = await box.state();
    say(`memory ${settled[0]?.megabytes.toFixed(0)} MB, then ${settled.at(-1)?.megabytes.toFixed(0)} MB: ${slope.toFixed(1)} MB an hour over ${count} minutes; ${recording.gaps.length} gaps`);
    await box.post('lesson/stop');
    return [
      ...(slope > SLOPE_MAX_MB_PER_HOUR ? [`memory grows by ${slope.toFixed(1)} MB an hour`] : []),
      ...recording.gaps.map(({ reason }) => `a gap: ${reason}`),
    ];
  } finally {
    await box.close();
  }
};

/** Of a process and everything below it. Proportional set size: shared pages are counted once. */
function residentMegabytes(root: number): number {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => parentOf(pid) === root);
  return ownMegabytes(root) + children.reduce((sum, pid) => sum + residentMegabytes(pid), 0);
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

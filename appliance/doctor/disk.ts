import { mkdir, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '#kit/process/errors.ts';
import type { Finding } from './finding.ts';

/** About what a second of a class takes at the most. */
const TRIAL_BYTES = 1_000_000;
const TRIALS = 5;
const FEW_HOURS = 10;
/** A recorder flushes every fragment: a disk that takes longer than this for one is not fit for it, ms. */
const SLOW_MS = 500;

/** Room for recordings, and how long the disk takes to have a second of one for sure. */
export async function lookAtDisk(folder: string, bytesPerHour: number): Promise<Finding> {
  const about = 'Disk';
  try {
    await mkdir(folder, { recursive: true });
    const { bavail, bsize } = await statfs(folder);
    return { about, ...verdictOf((bavail * bsize) / bytesPerHour, await flushMs(folder), folder) };
  } catch (error) {
    return { about, verdict: 'bad', says: `Recordings cannot be written to ${folder}: ${reasonOf(error)}.` };
  }
}

export function verdictOf(hours: number, slowestMs: number, folder: string): Pick<Finding, 'verdict' | 'says'> {
  const says = `${folder} has room for ${hours.toFixed(0)} hours; a second of video is safe on it after ${Math.round(slowestMs)} ms.`;
  if (hours < 1) return { verdict: 'bad', says: `${says} That is not enough for a class.` };
  if (slowestMs > SLOW_MS) return { verdict: 'look', says: `${says} That is slow: another disk would be better.` };
  return { verdict: hours < FEW_HOURS ? 'look' : 'good', says };
}

/** The slowest of a few. */
async function flushMs(folder: string): Promise<number> {
  const file = join(folder, `.doctor-${process.pid}`);
  const handle = await open(file, 'w');
  try {
    const times: number[] = [];
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const startedMs = performance.now();
      await handle.write(Buffer.alloc(TRIAL_BYTES, trial), 0, TRIAL_BYTES, trial * TRIAL_BYTES);
      await handle.datasync();
      times.push(performance.now() - startedMs);
    }
    return Math.max(...times);
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}

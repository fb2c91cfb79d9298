import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Finding } from './finding.ts';

const GIGABYTE = 2 ** 30;
/** The box itself takes about one; FFmpeg's encoders and the page's browser the rest. */
const ENOUGH_GIGABYTES = 3.5;

export function lookAtMachine(): Finding[] {
  const about = 'Machine';
  const memory = totalmem() / GIGABYTE;
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return [
    { about, verdict: availableParallelism() < 2 ? 'look' : 'good', says: `${availableParallelism()} cores of ${model}.` },
    { about, verdict: memory < ENOUGH_GIGABYTES ? 'look' : 'good', says: `${memory.toFixed(1)} GB of memory.` },
    { about, verdict: 'good', says: `Node ${process.versions.node} on ${process.platform} ${process.arch}.` },
  ];
}

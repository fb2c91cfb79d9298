import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { fuzz } from '#kit/testing/fuzz.ts';
import type { FuzzReport, FuzzTask } from './fuzz-apart.ts';
import { targets } from './targets.ts';

const { name, count, seed } = workerData as FuzzTask;
const target = targets.find((candidate) => candidate.name === name);
if (target === undefined) throw new Error(`no fuzz target ${name}`);

// What is left after a collection is what is kept.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const tell = (report: FuzzReport): void => parentPort?.postMessage(report);
const step = Math.max(1, Math.ceil(count / 20_000)) * 1_000;

const { taken, refused, slowestMs } = await fuzz(target, {
  count,
  seed,
  progress: (done) => {
    if (done % step !== 0) return;
    collect();
    tell({ done, heapBytes: process.memoryUsage().heapUsed + process.memoryUsage().external });
  },
});
tell({ words: `${count} inputs: ${taken} taken, ${refused} refused with a code, the slowest ${slowestMs.toFixed(1)} ms` });

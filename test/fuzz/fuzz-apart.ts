import { Worker } from 'node:worker_threads';

export interface FuzzTask {
  readonly name: string;
  readonly count: number;
  readonly seed: number;
}
export type FuzzReport = { readonly done: number; readonly heapBytes: number } | { readonly words: string };

/** A thousand inputs take less than this even on a busy machine: longer is a hang. */
const HUNG_MS = 120_000;
/** What a parser may keep after its first tenth, however many inputs follow. */
const GROWTH_BYTES = 64 * 1024 * 1024;

/** In a thread of its own, so that a parser that hangs or swells is seen and ended. */
export async function fuzzApart(name: string, { count, seed }: Omit<FuzzTask, 'name'>): Promise<{ readonly ok: boolean; readonly words: string }> {
  const task: FuzzTask = { name, count, seed };
  const worker = new Worker(new URL('./worker-main.ts', import.meta.url), { workerData: task });
  const { promise, resolve } = Promise.withResolvers<{ ok: boolean; words: string }>();
  let done = 0;
  let settledHeap: number | null = null;
  const hung = setInterval(() => resolve({ ok: false, words: `seed ${seed}: nothing came of the thousand inputs after ${done} within ${HUNG_MS / 1_000} s` }), HUNG_MS);
  worker.on('message', (report: FuzzReport) => {
    hung.refresh();
    if ('words' in report) return resolve({ ok: true, words: `seed ${seed}, ${report.words}` });
    done = report.done;
    if (settledHeap === null && done >= count / 10) settledHeap = report.heapBytes;
    else if (settledHeap !== null && report.heapBytes > settledHeap + GROWTH_BYTES) resolve({ ok: false, words: `seed ${seed}: it keeps memory, ${Math.round((report.heapBytes - settledHeap) / 2 ** 20)} MB more after ${done} inputs` });
  });
  worker.on('error', (error) => resolve({ ok: false, words: error instanceof Error ? `${error.message}\n${String((error.cause as Error | undefined)?.stack ?? '')}` : String(error) }));
  const outcome = await promise;
  clearInterval(hung);
  await worker.terminate();
  return outcome;
}

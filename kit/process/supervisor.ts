import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from './errors.ts';
import type { Log } from './log.ts';

export type SupervisedState =
  | { readonly kind: 'running' }
  | { readonly kind: 'waiting'; readonly delayMs: number; readonly reason: string };

export interface SupervisorOptions {
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly minDelayMs?: number;
  readonly maxDelayMs?: number;
  /** A run that lasted this long starts the backoff anew. */
  readonly healthyAfterMs?: number;
  readonly onState?: (state: SupervisedState) => void;
}

/** The delay before restart number `failures` (1 is the first): doubled each time, capped, between half and all of it by chance. */
export function backoffMs(failures: number, minMs: number, maxMs: number, random: () => number = Math.random): number {
  const full = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(full / 2 + (full / 2) * random());
}

/** Keeps `run` running until the signal aborts. Nothing else in the product restarts anything. */
export async function supervise(name: string, run: (signal: AbortSignal) => Promise<void>, options: SupervisorOptions): Promise<void> {
  const { signal, log, minDelayMs = 250, maxDelayMs = 5_000, healthyAfterMs = 10_000, onState } = options;
  let failures = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    onState?.({ kind: 'running' });
    const reason = await outcomeOf(run, signal);
    if (signal.aborted) return;
    failures = performance.now() - startedAt >= healthyAfterMs ? 1 : failures + 1;
    const delayMs = backoffMs(failures, minDelayMs, maxDelayMs);
    log.warn({ task: name, failures, delayMs }, `${name} stopped: ${reason}`);
    onState?.({ kind: 'waiting', delayMs, reason });
    await sleep(delayMs, signal);
  }
}

async function outcomeOf(run: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<string> {
  try {
    await run(signal);
    return 'it ended by itself';
  } catch (error) {
    return reasonOf(error);
  }
}

/** Waits, or returns at once when the signal aborts. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal, ref: true });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

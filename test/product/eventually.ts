import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from '#kit/process/errors.ts';

export interface Patience {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/**
 * Asks until the answer is neither `undefined`, `null` nor `false`; an `ask` that throws is asked again.
 * @throws Error after `timeoutMs` (30 s unless told), with what was waited for and the last answer or reason
 */
export async function eventually<T>(what: string, ask: () => Promise<T> | T, { timeoutMs = 30_000, everyMs = 100 }: Patience = {}): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + timeoutMs;
  let last = 'it was never asked';
  do {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<Exclude<T, false>>;
      last = String(answer);
    } catch (error) {
      last = reasonOf(error);
    }
    await delay(everyMs);
  } while (performance.now() < deadline);
  throw new Error(`${what}: not within ${timeoutMs / 1000} s (${last})`);
}

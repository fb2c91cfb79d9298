/**
 * Runs tasks that need each other. When one ends, for whatever reason, the others are aborted and waited for. Rejects with what
 * ended it, unless it was `signal`.
 */
export async function untilOneEnds(signal: AbortSignal, tasks: readonly ((scope: AbortSignal) => Promise<void>)[]): Promise<void> {
  const together = new AbortController();
  const scope = AbortSignal.any([signal, together.signal]);
  const failures: unknown[] = [];
  const running = tasks.map(async (task) => {
    try {
      await orAborted(task(scope), scope);
    } catch (error) {
      failures.push(error);
    } finally {
      together.abort();
    }
  });
  await Promise.all(running);
  if (!signal.aborted && failures.length > 0) throw failures[0];
}

/** A task may wait for something that never comes once another has ended; what it does afterwards is bounded by its own children. */
async function orAborted(task: Promise<void>, scope: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const grace = (): void => void setTimeout(resolve, GRACE_MS).unref();
  if (scope.aborted) grace();
  else scope.addEventListener('abort', grace, { once: true });
  try {
    await Promise.race([task, aborted]);
  } finally {
    scope.removeEventListener('abort', grace);
  }
}

/** Longer than a child is given between the polite and the final signal, ms. */
const GRACE_MS = 3_000;

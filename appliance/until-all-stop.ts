/** Runs everything; the first failure stops the rest and is thrown once all have stopped. */
export async function untilAllStop(signal: AbortSignal, tasks: readonly ((scope: AbortSignal) => Promise<void>)[]): Promise<void> {
  const failed = new AbortController();
  const scope = AbortSignal.any([signal, failed.signal]);
  const running = tasks.map(async (task) => {
    try {
      await task(scope);
    } catch (error) {
      failed.abort();
      throw error;
    }
  });
  const outcomes = await Promise.allSettled(running);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/** Whoever asks for something that may not be there yet. Told once: before the question returns, or later. */
export interface Asker<T> {
  answer(found: T): void;
  refuse(reason: unknown): void;
}

/** Waits no longer; harmless where nobody does. */
export type Leave = () => void;

/** The same for those who rather have a promise. */
export async function asked<T>(ask: (asker: Asker<T>) => Leave): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  ask({ answer: resolve, refuse: reject });
  return promise;
}

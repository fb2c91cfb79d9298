import { CodedError } from '#kit/process/errors.ts';

/** More players than one node serves: beyond it, waiting is refused rather than memory used. */
const MAX_WAITING = 20_000;

interface Waiter<T> {
  readonly deadlineMs: number;
  readonly resolve: (answer: T | null) => void;
  readonly reject: (reason: unknown) => void;
}

/** All who wait for one and the same thing. */
interface Crowd<T> {
  readonly check: () => T | null;
  /** In the order of their deadlines, which is the order they came in. */
  readonly waiters: Waiter<T>[];
  timer: NodeJS.Timeout | null;
}

/** Lets any number of requests wait for the next change of one thing. Thousands wait for the same: it is looked at once a change, not once for each. */
export class Changes<T> {
  readonly #crowds = new Map<string, Crowd<T>>();
  #waiting = 0;

  notify(): void {
    for (const [key, crowd] of this.#crowds) {
      try {
        const answer = crowd.check();
        if (answer !== null) for (const waiter of this.#dissolve(key, crowd)) waiter.resolve(answer);
      } catch (error) {
        for (const waiter of this.#dissolve(key, crowd)) waiter.reject(error);
      }
    }
  }

  /**
   * First answer of `check` that is not null, tried now and after each change; null when the time is up. `check` may throw. Whoever gives the
   * same `key` waits with the first who gave it, for the answer of that one's `check`, and with the same `timeoutMs`.
   */
  async until(key: string, check: () => T | null, timeoutMs: number): Promise<T | null> {
    const now = check();
    if (now !== null) return now;
    if (this.#waiting >= MAX_WAITING) throw new CodedError('busy', 'Too many players wait here. Try again in a second.', { status: 503 });
    const crowd = this.#crowds.get(key) ?? this.#gather(key, check);
    this.#waiting += 1;
    const { promise, resolve, reject } = Promise.withResolvers<T | null>();
    crowd.waiters.push({ deadlineMs: performance.now() + timeoutMs, resolve, reject });
    if (crowd.timer === null) this.#wake(key, crowd, timeoutMs);
    return promise;
  }

  #gather(key: string, check: () => T | null): Crowd<T> {
    const crowd: Crowd<T> = { check, waiters: [], timer: null };
    this.#crowds.set(key, crowd);
    return crowd;
  }

  #dissolve(key: string, crowd: Crowd<T>): readonly Waiter<T>[] {
    clearTimeout(crowd.timer ?? undefined);
    this.#crowds.delete(key);
    this.#waiting -= crowd.waiters.length;
    return crowd.waiters;
  }

  /** One timer for all: it sends away whose time is up and waits for the next. */
  #wake(key: string, crowd: Crowd<T>, inMs: number): void {
    crowd.timer = setTimeout(() => {
      const nowMs = performance.now();
      const staying = crowd.waiters.findIndex(({ deadlineMs }) => deadlineMs > nowMs);
      const late = crowd.waiters.splice(0, staying < 0 ? crowd.waiters.length : staying);
      this.#waiting -= late.length;
      const [next] = crowd.waiters;
      if (next === undefined) this.#crowds.delete(key);
      else this.#wake(key, crowd, next.deadlineMs - nowMs);
      for (const waiter of late) waiter.resolve(null);
    }, Math.ceil(inMs));
  }
}

import { CodedError } from '#kit/process/errors.ts';

/** More players than one node serves: beyond it, waiting is refused rather than memory used. */
const MAX_WAITING = 20_000;

/** Lets any number of requests wait for the next change of one thing. */
export class Changes {
  #next = Promise.withResolvers<null>();
  #waiting = 0;

  notify(): void {
    const current = this.#next;
    this.#next = Promise.withResolvers<null>();
    current.resolve(null);
  }

  /** First answer of `check` that is not null, tried now and after each change; null when the time is up. `check` may throw. */
  async until<T>(check: () => T | null, timeoutMs: number): Promise<T | null> {
    const now = check();
    if (now !== null) return now;
    if (this.#waiting >= MAX_WAITING) throw new CodedError('busy', 'Too many players wait here. Try again in a second.', { status: 503 });
    this.#waiting += 1;
    const deadline = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => deadline.resolve('late'), timeoutMs);
    try {
      for (;;) {
        const outcome = await Promise.race([this.#next.promise, deadline.promise]);
        const answer = check();
        if (answer !== null || outcome === 'late') return answer;
      }
    } finally {
      clearTimeout(timer);
      this.#waiting -= 1;
    }
  }
}

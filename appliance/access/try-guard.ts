import type { Clock } from '#kit/media/clock.ts';
import { CodedError } from '#kit/process/errors.ts';
import { NO_TRIES, succeeded, tried, waitMs, type GuardState } from './pin-guard.ts';

/** Counts wrong tries at one secret, and makes whoever guesses wait. Each secret has a guard of its own. */
export class TryGuard {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #what: string;
  #state: GuardState = NO_TRIES;

  /** @param what is guessed, in the plural, for the sentence */
  constructor(clock: Pick<Clock, 'nowMs'>, what: string) {
    this.#clock = clock;
    this.#what = what;
  }

  /** Counts a try before it is looked at. @throws CodedError 429 `too_many_tries` with `retryAfterMs` */
  begin(address: string): void {
    const nowMs = this.#clock.nowMs();
    const retryAfterMs = Math.ceil(waitMs(this.#state, address, nowMs));
    if (retryAfterMs > 0) {
      const seconds = Math.ceil(retryAfterMs / 1000);
      throw new CodedError('too_many_tries', `Too many wrong ${this.#what}. Try again in ${seconds} s.`, { status: 429, details: { retryAfterMs } });
    }
    this.#state = tried(this.#state, address, nowMs);
  }

  succeeded(address: string): void {
    this.#state = succeeded(this.#state, address);
  }

  /** For a new secret: what was tried at the old one is worth nothing. */
  reset(): void {
    this.#state = NO_TRIES;
  }
}

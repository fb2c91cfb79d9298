import { CodedError } from '#kit/process/errors.ts';
import type { Clock } from './clock.ts';

const FREE_TRIES = 5;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 300_000;
/** After this long without a try a key is forgotten. */
const FORGET_MS = 3_600_000;
const MAX_KEYS = 10_000;

interface Record {
  readonly failures: number;
  readonly lastAtMs: number;
}

/** How long a key must wait before its next try, ms; 0 when it need not. */
export function waitMs(record: Record | undefined, nowMs: number): number {
  if (!record || record.failures < FREE_TRIES) return 0;
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(record.failures - FREE_TRIES, 20));
  return Math.max(0, record.lastAtMs + wait - nowMs);
}

/** Slows down guessing, by any key: an address, an account. Kept in memory: a restart forgives, which guessing can't bring about. */
export class Tries {
  readonly #records = new Map<string, Record>();
  /** Accounts and the addresses that they have signed in from. */
  readonly #homes = new Set<string>();
  readonly #now: Clock;

  constructor(now: Clock) {
    this.#now = now;
  }

  /**
   * What a sign-in is counted by: its address, and the account. From where the account has signed in before that is one of its own: else a
   * stranger who guesses now and then, from wherever, could keep its owner out.
   */
  keysOf(address: string, account: string): [address: string, account: string] {
    const home = homeOf(address, account);
    return [`address:${address}`, this.#homes.has(home) ? home : `account:${account}`];
  }

  signedIn(address: string, account: string): void {
    this.succeeded(...this.keysOf(address, account));
    this.#homes.add(homeOf(address, account));
    const oldest = this.#homes.values().next();
    if (this.#homes.size > MAX_KEYS && !oldest.done) this.#homes.delete(oldest.value);
  }

  /**
   * Counts a try against each key before it is looked at, so that many at once can't slip through.
   * @throws CodedError 429 `too_many_tries` with `retryAfterMs`
   */
  begin(...keys: string[]): void {
    const now = this.#now();
    const retryAfterMs = Math.max(...keys.map((key) => waitMs(this.#records.get(key), now)));
    if (retryAfterMs > 0) {
      const seconds = Math.ceil(retryAfterMs / 1000);
      throw new CodedError('too_many_tries', `Too many tries. Wait ${seconds} s and try again.`, { status: 429, details: { retryAfterMs } });
    }
    for (const key of keys) this.#remember(key, now);
  }

  succeeded(...keys: string[]): void {
    for (const key of keys) this.#records.delete(key);
  }

  #remember(key: string, now: number): void {
    const known = this.#records.get(key);
    const failures = known && now - known.lastAtMs < FORGET_MS ? known.failures + 1 : 1;
    // Deleted and set again, so that the map's order is that of last use and the oldest goes first.
    this.#records.delete(key);
    this.#records.set(key, { failures, lastAtMs: now });
    const oldest = this.#records.keys().next();
    if (this.#records.size > MAX_KEYS && !oldest.done) this.#records.delete(oldest.value);
  }
}

const homeOf = (address: string, account: string): string => `home:${address} ${account}`;

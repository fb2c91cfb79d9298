import type { Clock } from '#kit/media/clock.ts';
import { CodedError } from '#kit/process/errors.ts';
import { hashPassword, hashSecret, newSecret, sameSecret, verifyPassword } from '#kit/process/secrets.ts';
import { TryGuard } from './try-guard.ts';

/** `panel`: the room's own paired screen. `pin`: any device whose person typed the PIN within the last hour. */
export interface Principal {
  readonly kind: 'panel' | 'pin';
}

export interface AccessStore {
  pinHash(): string;
  setPinHash(hash: string): void;
  /** Those that have ended by now may go. */
  addSession(tokenHash: string, expiresAtMs: number, address: string, nowMs: number): void;
  /** Null where there is no such session. */
  sessionEndsAtMs(tokenHash: string): number | null;
  clearSessions(): void;
}

const SESSION_MS = 3_600_000;
/** How far the time of one life of this process may be from that of the next: a crystal's drift over months. */
const CLOCK_DRIFT_MS = 5 * 60_000;

/** Who may touch the room: the paired screen by its token, anybody else by the PIN. */
export class PanelAccess {
  readonly #store: AccessStore;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #pairedTokenHash: string;
  readonly #guard: TryGuard;

  constructor(store: AccessStore, pairedTokenHash: string, clock: Pick<Clock, 'nowMs'>) {
    this.#store = store;
    this.#pairedTokenHash = pairedTokenHash;
    this.#clock = clock;
    this.#guard = new TryGuard(clock, 'PINs');
  }

  principalOf(token: string): Principal | null {
    const hash = hashSecret(token);
    if (sameSecret(hash, this.#pairedTokenHash)) return { kind: 'panel' };
    const leftMs = (this.#store.sessionEndsAtMs(hash) ?? Number.NEGATIVE_INFINITY) - this.#clock.nowMs();
    // One that has longer than an hour was begun by a clock that was set since: it must not last until then.
    return leftMs > 0 && leftMs < SESSION_MS + CLOCK_DRIFT_MS ? { kind: 'pin' } : null;
  }

  /** A session for an hour. Throws `wrong_pin` (401) or `too_many_tries` (429). */
  async openSession(pin: string, address: string): Promise<{ token: string; expiresAtMs: number }> {
    await this.#check(pin, address);
    const token = newSecret();
    const nowMs = this.#clock.nowMs();
    const expiresAtMs = nowMs + SESSION_MS;
    this.#store.addSession(hashSecret(token), expiresAtMs, address, nowMs);
    return { token, expiresAtMs };
  }

  /** Whoever was in by the old PIN has to type the new one. */
  async changePin(pin: string, newPin: string, address: string): Promise<void> {
    await this.#check(pin, address);
    this.#store.setPinHash(await hashPassword(newPin));
    this.#store.clearSessions();
  }

  async #check(pin: string, address: string): Promise<void> {
    this.#guard.begin(address);
    const hash = this.#store.pinHash();
    // Looking at it takes a moment, in which somebody may have changed it.
    if (!(await verifyPassword(pin, hash)) || this.#store.pinHash() !== hash) {
      throw new CodedError('wrong_pin', 'That PIN is not right. Ask the person who looks after this room.', { status: 401 });
    }
    this.#guard.succeeded(address);
  }
}

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
  addSession(tokenHash: string, expiresAtMs: number, address: string): void;
  sessionAlive(tokenHash: string, nowMs: number): boolean;
  clearSessions(): void;
}

const SESSION_MS = 3_600_000;

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
    return this.#store.sessionAlive(hash, this.#clock.nowMs()) ? { kind: 'pin' } : null;
  }

  /** A session for an hour. Throws `wrong_pin` (401) or `too_many_tries` (429). */
  async openSession(pin: string, address: string): Promise<{ token: string; expiresAtMs: number }> {
    await this.#check(pin, address);
    const token = newSecret();
    const expiresAtMs = this.#clock.nowMs() + SESSION_MS;
    this.#store.addSession(hashSecret(token), expiresAtMs, address);
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
    if (!(await verifyPassword(pin, this.#store.pinHash()))) {
      throw new CodedError('wrong_pin', 'That PIN is not right. Ask the person who looks after this room.', { status: 401 });
    }
    this.#guard.succeeded(address);
  }
}

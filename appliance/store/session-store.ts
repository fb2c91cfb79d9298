import type { Db } from './database.ts';

/** PIN sessions by the hash of their token; a stolen database opens nothing. */
export class SessionStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  add(tokenHash: string, expiresAtMs: number, address: string): void {
    this.#db.prepare('INSERT INTO session VALUES (?, ?, ?)').run(tokenHash, expiresAtMs, address);
  }

  endsAtMs(tokenHash: string): number | null {
    return this.#db.prepare<[string], { expires_at_ms: number }>('SELECT expires_at_ms FROM session WHERE token_hash = ?').get(tokenHash)?.expires_at_ms ?? null;
  }

  prune(nowMs: number): void {
    this.#db.prepare('DELETE FROM session WHERE expires_at_ms <= ?').run(nowMs);
  }

  /** After the PIN was changed, whoever knew the old one is out. */
  clear(): void {
    this.#db.prepare('DELETE FROM session').run();
  }
}

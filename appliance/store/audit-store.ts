import type { Db } from './database.ts';

export interface AuditEntry {
  readonly atMs: number;
  /** `panel`, or `pin` and the address it came from. */
  readonly who: string;
  readonly what: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Entries kept; the oldest go first. */
const KEPT_ENTRIES = 20_000;

/** Who did what to this room, and when. */
export class AuditStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  add(entry: AuditEntry): void {
    const { lastInsertRowid } = this.#db
      .prepare('INSERT INTO audit (at_ms, who, what, details) VALUES (?, ?, ?, ?)')
      .run(Math.round(entry.atMs), entry.who, entry.what, JSON.stringify(entry.details));
    this.#db.prepare('DELETE FROM audit WHERE id <= ?').run(Number(lastInsertRowid) - KEPT_ENTRIES);
  }

  newest(limit: number): AuditEntry[] {
    const rows = this.#db
      .prepare<[number], { at_ms: number; who: string; what: string; details: string }>('SELECT at_ms, who, what, details FROM audit ORDER BY id DESC LIMIT ?')
      .all(limit);
    return rows.map((row) => ({ atMs: row.at_ms, who: row.who, what: row.what, details: JSON.parse(row.details) as Record<string, unknown> }));
  }
}

import { instant, type Clock } from './clock.ts';
import type { Db } from './database.ts';

interface Act {
  readonly who: string;
  readonly action: string;
  readonly subject: string;
  readonly detail?: string;
}

export interface AuditLog {
  record(who: string, action: string, subject: string, detail?: string): void;
  /** Changes and records at once: neither is kept without the other. */
  change(act: Act, change: () => void): void;
  newest(limit: number): { at: string; who: string; action: string; subject: string; detail: string }[];
}

/** About ten years of a busy school; older entries give way. */
const MAX_ENTRIES = 1_000_000;

interface Row {
  readonly at: number;
  readonly who: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
}

/** Who changed what, and when. */
export function createAudit(db: Db, now: Clock): AuditLog {
  const add = db.prepare('INSERT INTO audit (at, who, action, subject, detail) VALUES (?, ?, ?, ?, ?)');
  const prune = db.prepare('DELETE FROM audit WHERE id <= ?');
  const newest = db.prepare<[number], Row>('SELECT at, who, action, subject, detail FROM audit ORDER BY id DESC LIMIT ?');
  const record: AuditLog['record'] = (who, action, subject, detail = '') => {
    const { lastInsertRowid } = add.run(now(), who, action, subject, detail);
    prune.run(Number(lastInsertRowid) - MAX_ENTRIES);
  };
  return {
    record,
    change: db.transaction(({ who, action, subject, detail }: Act, change: () => void) => {
      change();
      record(who, action, subject, detail);
    }),
    newest: (limit) => newest.all(limit).map((row) => ({ ...row, at: instant(row.at) })),
  };
}

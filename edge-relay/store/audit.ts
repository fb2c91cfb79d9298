import type { AuditLog } from '../access/ports.ts';
import { type Db, writing } from './database.ts';

/** Rows kept: about two years of a busy school. */
const KEPT_ROWS = 500_000;

/** Who did what to whom, and when. */
export function sqliteAudit(db: Db): AuditLog {
  const add = db.prepare('INSERT INTO audit (at_ms, actor, action, subject) VALUES (@atMs, @actor, @action, @subject)');
  const prune = db.prepare('DELETE FROM audit WHERE id <= ?');
  return {
    record: (entry) => {
      writing(() => {
        const id = Number(add.run(entry).lastInsertRowid);
        if (id > KEPT_ROWS) prune.run(id - KEPT_ROWS);
      });
    },
  };
}

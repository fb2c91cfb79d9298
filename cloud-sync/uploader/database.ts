import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

export type Db = Database.Database;

const SCHEMA = `
CREATE TABLE parts (recording TEXT NOT NULL, part INTEGER NOT NULL, upload TEXT NOT NULL, complete INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (recording, part));
CREATE TABLE recordings (recording TEXT PRIMARY KEY, announced TEXT NOT NULL DEFAULT '', safe_at INTEGER);
`;

/** What the uploader remembers over a crash or a power cut (`synchronous=FULL`: better-sqlite3 builds WAL with NORMAL). */
export function openUploaderDatabase(file: string): Db {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('journal_size_limit = 4194304');
  if (db.pragma('user_version', { simple: true }) === 0) {
    db.transaction(() => {
      db.exec(SCHEMA);
      db.pragma('user_version = 1');
    })();
  }
  return db;
}

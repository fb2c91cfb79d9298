import Database from 'better-sqlite3';
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';

export type Db = Database.Database;

/** Each entry brings the schema from its index to the next version; never edit one that was released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE lesson_now (one INTEGER PRIMARY KEY CHECK (one = 1), kept TEXT NOT NULL);
   CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
   CREATE TABLE preset (camera TEXT NOT NULL, preset TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (camera, preset));
   CREATE TABLE session (token_hash TEXT PRIMARY KEY, expires_at_ms INTEGER NOT NULL, address TEXT NOT NULL);
   CREATE TABLE audit (id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, details TEXT NOT NULL);
   CREATE INDEX audit_at ON audit (at_ms);`,
  `CREATE TABLE class_outcome (
     planned TEXT NOT NULL, starts_at_ms INTEGER NOT NULL, outcome TEXT NOT NULL, title TEXT NOT NULL, at_ms INTEGER NOT NULL,
     PRIMARY KEY (planned, starts_at_ms)
   ) WITHOUT ROWID;`,
];

/** Opens (and makes) the appliance's database, readable by its own user alone. */
export function openDatabase(file: string): Db {
  if (file !== ':memory:') mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const db = new Database(file);
  if (file !== ':memory:') chmodSync(file, 0o600);
  db.pragma('journal_mode = WAL');
  // better-sqlite3 builds WAL with NORMAL, with which a committed row can vanish in a power cut.
  db.pragma('synchronous = FULL');
  db.pragma(`journal_size_limit = ${4 * 1024 * 1024}`);
  db.pragma('busy_timeout = 2000');
  migrate(db);
  return db;
}

function migrate(db: Db): void {
  const version = Number(db.pragma('user_version', { simple: true }));
  db.transaction(() => {
    for (const [step, sql] of MIGRATIONS.entries()) if (step >= version) db.exec(sql);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  })();
}

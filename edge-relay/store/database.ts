/** The edge's one SQLite file. Readers never wait for writers (WAL); what is committed survives a power cut (synchronous FULL). */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CodedError, codeOf } from '#kit/process/errors.ts';

export type Db = Database.Database;

/** Each entry takes the file from the version of its index to the next; never edited once released. */
const MIGRATIONS = [
  `CREATE TABLE rooms (room TEXT PRIMARY KEY, name TEXT NOT NULL, always_open INTEGER NOT NULL) STRICT;
   CREATE TABLE courses (
     course TEXT PRIMARY KEY, room TEXT NOT NULL REFERENCES rooms(room), title TEXT NOT NULL, teacher TEXT NOT NULL,
     description TEXT NOT NULL, starts_at_ms INTEGER, ends_at_ms INTEGER, price_cents INTEGER NOT NULL,
     currency TEXT NOT NULL, buy_url TEXT NOT NULL) STRICT;
   CREATE INDEX courses_by_room ON courses(room);
   CREATE TABLE accounts (account TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL) STRICT;
   CREATE TABLE tickets (
     account TEXT NOT NULL REFERENCES accounts(account), course TEXT NOT NULL REFERENCES courses(course),
     granted_at_ms INTEGER NOT NULL, PRIMARY KEY (account, course)) STRICT, WITHOUT ROWID;
   CREATE TABLE sessions (hash TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts(account), expires_at_ms INTEGER NOT NULL) STRICT;
   CREATE INDEX sessions_by_expiry ON sessions(expires_at_ms);
   CREATE TABLE sign_in_links (
     hash TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts(account), expires_at_ms INTEGER NOT NULL,
     reusable INTEGER NOT NULL, used_at_ms INTEGER) STRICT;
   CREATE TABLE audit (id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL) STRICT;`,
];

export function openDatabase(dataDir: string): Db {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const db = new Database(join(dataDir, 'edge.sqlite'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  db.pragma('busy_timeout = 2000');
  db.pragma('journal_size_limit = 16777216');
  migrate(db);
  return db;
}

/** Runs a write; a full disk becomes an answer that says what to do. */
export function writing<T>(write: () => T): T {
  try {
    return write();
  } catch (cause) {
    if (codeOf(cause) !== 'SQLITE_FULL') throw cause;
    throw new CodedError('disk_full', 'The edge\'s disk is full, so nothing was changed. Free some space on it and try again.', { status: 507, cause });
  }
}

function migrate(db: Db): void {
  const from = db.pragma('user_version', { simple: true }) as number;
  if (from > MIGRATIONS.length) {
    throw new CodedError('newer_database', `The edge's database has version ${from}, this program knows ${MIGRATIONS.length}. Install the newer version again.`, { status: 500 });
  }
  db.transaction(() => {
    for (const step of MIGRATIONS.slice(from)) db.exec(step);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  })();
}

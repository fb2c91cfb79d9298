/** The edge's one SQLite file. */
import { join } from 'node:path';
import { openDatabase as openFile, type Db } from '#kit/process/database.ts';
import { CodedError, codeOf } from '#kit/process/errors.ts';

export type { Db };

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
  return openFile(join(dataDir, 'edge.sqlite'), { migrations: MIGRATIONS, journalBytes: 16 * 1024 * 1024 });
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

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

export type Db = Database.Database;

const SCHEMA = `
CREATE TABLE users (email TEXT PRIMARY KEY, role TEXT NOT NULL, password_hash TEXT NOT NULL);
CREATE TABLE sessions (token_hash TEXT PRIMARY KEY, email TEXT NOT NULL REFERENCES users ON DELETE CASCADE, expires_at INTEGER NOT NULL);
CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE rooms (room TEXT PRIMARY KEY, name TEXT NOT NULL, always_open INTEGER NOT NULL, timetable TEXT NOT NULL DEFAULT '[]');
CREATE TABLE enrolments (
  id TEXT PRIMARY KEY, key_hash TEXT NOT NULL UNIQUE, csr TEXT NOT NULL, serial TEXT NOT NULL, model TEXT NOT NULL,
  round INTEGER NOT NULL, code_hash TEXT NOT NULL UNIQUE, poll_hash TEXT NOT NULL, opened_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  box TEXT REFERENCES boxes
);
CREATE TABLE boxes (
  box TEXT PRIMARY KEY, room TEXT UNIQUE REFERENCES rooms, serial TEXT NOT NULL, model TEXT NOT NULL,
  claimed_at INTEGER NOT NULL, revoked_at INTEGER, certificate TEXT NOT NULL, certificate_expires_at INTEGER NOT NULL,
  last_seen_at INTEGER, health TEXT
);
CREATE TABLE health_history (room TEXT NOT NULL, at INTEGER NOT NULL, point TEXT NOT NULL, PRIMARY KEY (room, at)) WITHOUT ROWID;
`;

/** Campus's fleet file. Commits survive a power cut (`synchronous=FULL`: better-sqlite3 builds WAL with NORMAL). */
export function openFleetDatabase(file: string): Db {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('journal_size_limit = 16777216');
  db.pragma('foreign_keys = ON');
  if (db.pragma('user_version', { simple: true }) === 0) {
    db.transaction(() => {
      db.exec(SCHEMA);
      db.pragma('user_version = 1');
    })();
  }
  return db;
}

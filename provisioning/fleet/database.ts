import { openDatabase, type Db } from '#kit/process/database.ts';

export type { Db };

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

/** Where a box stood until it was revoked: what it still holds of that room's classes is that room's. */
const LAST_ROOM = `
ALTER TABLE boxes ADD COLUMN last_room TEXT;
UPDATE boxes SET last_room = (SELECT nullif(detail, '') FROM audit WHERE action = 'box.revoke' AND subject = box ORDER BY id DESC LIMIT 1) WHERE revoked_at IS NOT NULL;
`;

/** Campus's fleet file. */
export function openFleetDatabase(file: string): Db {
  return openDatabase(file, { migrations: [SCHEMA, LAST_ROOM], journalBytes: 16 * 1024 * 1024 });
}

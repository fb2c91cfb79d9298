import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

export type Db = Database.Database;

/** One step a release that changed the file; what it holds is kept. */
const STEPS = [
  `
CREATE TABLE recordings (
  id TEXT PRIMARY KEY, room TEXT NOT NULL, title TEXT NOT NULL DEFAULT '', teacher TEXT NOT NULL DEFAULT '',
  started_at TEXT NOT NULL DEFAULT '', ended_at TEXT, gaps TEXT NOT NULL DEFAULT '[]',
  safe_at INTEGER, bytes INTEGER NOT NULL DEFAULT 0, duration_us INTEGER NOT NULL DEFAULT 0, parts TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX recordings_by_start ON recordings (started_at DESC);
CREATE TABLE uploads (id TEXT PRIMARY KEY, recording TEXT NOT NULL REFERENCES recordings, part INTEGER NOT NULL, created_at INTEGER NOT NULL, state TEXT NOT NULL);
CREATE INDEX uploads_by_part ON uploads (recording, part);
`,
  `
ALTER TABLE recordings ADD COLUMN pauses TEXT NOT NULL DEFAULT '[]';
ALTER TABLE recordings ADD COLUMN redactions TEXT NOT NULL DEFAULT '[]';
ALTER TABLE recordings ADD COLUMN tracks TEXT NOT NULL DEFAULT '[]';
ALTER TABLE uploads ADD COLUMN track TEXT NOT NULL DEFAULT '';
`,
];

/** The library's file. Commits survive a power cut (`synchronous=FULL`: better-sqlite3 builds WAL with NORMAL): "safe" must stay true. */
export function openLibraryDatabase(file: string): Db {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('journal_size_limit = 16777216');
  db.pragma('foreign_keys = ON');
  db.transaction(() => {
    const done = db.pragma('user_version', { simple: true }) as number;
    for (const step of STEPS.slice(done)) db.exec(step);
    db.pragma(`user_version = ${STEPS.length}`);
  })();
  return db;
}

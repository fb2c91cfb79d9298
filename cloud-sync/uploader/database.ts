import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

export type Db = Database.Database;

/** One step a release that changed the file; what it holds is kept. */
const STEPS = [
  `
CREATE TABLE parts (recording TEXT NOT NULL, part INTEGER NOT NULL, upload TEXT NOT NULL, complete INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (recording, part));
CREATE TABLE recordings (recording TEXT PRIMARY KEY, announced TEXT NOT NULL DEFAULT '', safe_at INTEGER);
`,
  `
ALTER TABLE parts RENAME TO program_parts;
CREATE TABLE parts (
  recording TEXT NOT NULL, track TEXT NOT NULL, part INTEGER NOT NULL, upload TEXT NOT NULL, complete INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (recording, track, part)
);
INSERT INTO parts SELECT recording, '', part, upload, complete FROM program_parts;
DROP TABLE program_parts;
`,
];

/** What the uploader remembers over a crash or a power cut (`synchronous=FULL`: better-sqlite3 builds WAL with NORMAL). */
export function openUploaderDatabase(file: string): Db {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('journal_size_limit = 4194304');
  db.transaction(() => {
    const done = db.pragma('user_version', { simple: true }) as number;
    for (const step of STEPS.slice(done)) db.exec(step);
    db.pragma(`user_version = ${STEPS.length}`);
  })();
  return db;
}

import { openDatabase as openFile, type Db, type Spare } from '#kit/process/database.ts';

export type { Db };

/** Never edit one that was released. */
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

/** Opens (and makes) the appliance's database. With a spare folder the box starts although its disk is read-only or full (D3). */
export function openDatabase(file: string, spare?: Spare): Db {
  return openFile(file, { migrations: MIGRATIONS, journalBytes: 4 * 1024 * 1024, alone: true, ...(spare === undefined ? {} : { spare }) });
}

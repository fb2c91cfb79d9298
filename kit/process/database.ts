import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { CodedError } from './errors.ts';

export type Db = Database.Database;

export interface DatabaseOptions {
  /** Each entry takes the file from the version of its index to the next; never edited once released. */
  readonly migrations: readonly string[];
  /** What the write-ahead log shrinks to after a checkpoint. */
  readonly journalBytes: number;
  /** False where the last minute may be lost in a power cut, and a flush a row is not worth it. */
  readonly survivesPowerCut?: boolean;
}

const IN_MEMORY = ':memory:';
const BUSY_MS = 2_000;

/**
 * Opens, or makes, a SQLite file for its own user alone and brings its schema up to date. Readers never wait for writers (WAL).
 * @throws CodedError `newer_database` where a newer program has written it
 */
export function openDatabase(file: string, { migrations, journalBytes, survivesPowerCut = true }: DatabaseOptions): Db {
  if (file !== IN_MEMORY) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const db = new Database(file);
  if (file !== IN_MEMORY) chmodSync(file, 0o600);
  db.pragma('journal_mode = WAL');
  // better-sqlite3 builds WAL with NORMAL, with which a committed row can vanish in a power cut.
  db.pragma(`synchronous = ${survivesPowerCut ? 'FULL' : 'NORMAL'}`);
  db.pragma(`journal_size_limit = ${journalBytes}`);
  db.pragma('foreign_keys = ON');
  db.pragma(`busy_timeout = ${BUSY_MS}`);
  migrate(db, file, migrations);
  return db;
}

function migrate(db: Db, file: string, migrations: readonly string[]): void {
  const from = Number(db.pragma('user_version', { simple: true }));
  if (from > migrations.length) {
    throw new CodedError('newer_database', `${file} has version ${from}, this program knows ${migrations.length}. Install the newer version again.`, { status: 500 });
  }
  if (from === migrations.length) return;
  db.transaction(() => {
    for (const migration of migrations.slice(from)) db.exec(migration);
    db.pragma(`user_version = ${migrations.length}`);
  })();
}

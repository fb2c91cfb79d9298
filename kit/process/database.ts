import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { CodedError, codeOf, reasonOf } from './errors.ts';
import type { Log } from './log.ts';

export type Db = Database.Database;

export interface DatabaseOptions {
  /** Each entry takes the file from the version of its index to the next; never edited once released. */
  readonly migrations: readonly string[];
  /** What the write-ahead log shrinks to after a checkpoint. */
  readonly journalBytes: number;
  /** False where the last minute may be lost in a power cut, and a flush a row is not worth it. */
  readonly survivesPowerCut?: boolean;
  /** True where no other process opens the file: then no `-shm` is needed beside it, which a full disk would refuse. */
  readonly alone?: boolean;
  /** For what must start whatever its disk does. */
  readonly spare?: Spare;
}

/** Where a copy stands in for a file whose disk is read-only, or too full to open it. */
export interface Spare {
  /** On another disk, best in memory. */
  readonly folder: string;
  readonly log: Log;
}

const IN_MEMORY = ':memory:';
const BUSY_MS = 2_000;
/** Of the file system, and of SQLite (sqlite.org/rescode.html). */
const DISK_REFUSES = /^(?:EROFS|ENOSPC|EDQUOT|SQLITE_(?:READONLY|FULL|CANTOPEN|IOERR)(?:_\w+)?)$/;

/**
 * Opens, or makes, a SQLite file for its own user alone and brings its schema up to date. Readers never wait for writers (WAL).
 * @throws CodedError `newer_database` where a newer program has written it
 */
export function openDatabase(file: string, options: DatabaseOptions): Db {
  const { spare } = options;
  if (spare === undefined) return openFile(file, options);
  const copy = join(spare.folder, `spare-${basename(file)}`);
  try {
    const db = openFile(file, options);
    removeDatabase(copy);
    return db;
  } catch (thrown) {
    if (!diskRefuses(thrown)) throw thrown;
    const reason = reasonOf(thrown);
    spare.log.error({ file, copy, reason }, 'the disk cannot be written to: a copy is used, and what changes in it never comes to the disk. Have the disk checked.');
    makeCopy(file, copy);
    return openFile(copy, options);
  }
}

/** Whether it failed because the disk is read-only, full or broken, rather than because of what the file holds. */
export function diskRefuses(thrown: unknown): boolean {
  return DISK_REFUSES.test(codeOf(thrown));
}

/** With what SQLite keeps beside it. @throws EROFS and other errors of the file system */
export function removeDatabase(file: string): void {
  for (const part of ['', '-wal', '-shm']) rmSync(`${file}${part}`, { force: true });
}

/** Whole or not at all. One that is there already has what changed since the disk began to refuse: a restart goes on with that. */
function makeCopy(file: string, copy: string): void {
  if (existsSync(copy)) return;
  mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
  removeDatabase(copy);
  if (!existsSync(file)) return;
  // What was written last is in the log alone, where the process was killed.
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
  copyFileSync(file, `${copy}.new`);
  renameSync(`${copy}.new`, copy);
}

function openFile(file: string, options: DatabaseOptions): Db {
  if (file !== IN_MEMORY) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const db = new Database(file);
  try {
    if (file !== IN_MEMORY) chmodSync(file, 0o600);
    prepare(db, options);
    migrate(db, file, options.migrations);
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

function prepare(db: Db, { journalBytes, survivesPowerCut = true, alone = false }: DatabaseOptions): void {
  // Before the first look into the file, else SQLite has made the `-shm` already (sqlite.org/wal.html, section 8).
  if (alone) db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('journal_mode = WAL');
  // better-sqlite3 builds WAL with NORMAL, with which a committed row can vanish in a power cut.
  db.pragma(`synchronous = ${survivesPowerCut ? 'FULL' : 'NORMAL'}`);
  db.pragma(`journal_size_limit = ${journalBytes}`);
  db.pragma('foreign_keys = ON');
  db.pragma(`busy_timeout = ${BUSY_MS}`);
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

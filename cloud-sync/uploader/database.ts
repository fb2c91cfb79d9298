import { openDatabase, removeDatabase, type Db, type Spare } from '#kit/process/database.ts';
import { CodedError, codeOf, reasonOf } from '#kit/process/errors.ts';

export type { Db };

const MIGRATIONS = [
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

/** Of SQLite (sqlite.org/rescode.html). */
const DAMAGED = /^SQLITE_(?:CORRUPT|NOTADB)/;

/**
 * What the uploader remembers over a crash or a power cut. On a full disk it must open: nobody else can make room there. A damaged one is made
 * anew: the recordings' folder and the library know everything, and what is not known to be safe is asked for and verified again.
 */
export function openUploaderDatabase(file: string, spare?: Spare): Db {
  try {
    return openWhole(file, spare);
  } catch (thrown) {
    if (!DAMAGED.test(codeOf(thrown))) throw thrown;
    spare?.log.error({ file, reason: reasonOf(thrown) }, 'what was sent so far is no longer known: the library is asked again. Have the disk checked.');
    removeDatabase(file);
    return openWhole(file, spare);
  }
}

/** @throws `SQLITE_CORRUPT` for one that a damaged page would stop later */
function openWhole(file: string, spare?: Spare): Db {
  const db = openDatabase(file, { migrations: MIGRATIONS, journalBytes: 4 * 1024 * 1024, alone: true, ...(spare === undefined ? {} : { spare }) });
  const verdict = db.pragma('quick_check(1)', { simple: true });
  if (verdict === 'ok') return db;
  db.close();
  throw new CodedError('SQLITE_CORRUPT', String(verdict), { status: 500 });
}

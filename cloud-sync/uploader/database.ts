import { openDatabase, type Db, type Spare } from '#kit/process/database.ts';

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

/** What the uploader remembers over a crash or a power cut. On a full disk it must open: nobody else can make room there. */
export function openUploaderDatabase(file: string, spare?: Spare): Db {
  return openDatabase(file, { migrations: MIGRATIONS, journalBytes: 4 * 1024 * 1024, alone: true, ...(spare === undefined ? {} : { spare }) });
}

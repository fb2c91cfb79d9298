import { openDatabase, type Db } from '#kit/process/database.ts';

export type { Db };

const MIGRATIONS = [
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
  `
ALTER TABLE recordings ADD COLUMN single_parts TEXT NOT NULL DEFAULT '[]';
UPDATE recordings SET single_parts = (
  SELECT json_group_array(json_object(
    'track', json_extract(part.value, '$.track'), 'bytes', json_extract(part.value, '$.bytes'),
    'durationUs', (SELECT coalesce(sum(json_extract(segment.value, '$.durationUs')), 0) FROM json_each(part.value, '$.segments') AS segment)))
  FROM json_each(recordings.parts) AS part WHERE coalesce(json_extract(part.value, '$.track'), '') <> '');
`,
  `CREATE INDEX recordings_by_room ON recordings (room, started_at DESC);`,
];

/** The library's file: "safe" must stay true over a power cut. */
export function openLibraryDatabase(file: string): Db {
  return openDatabase(file, { migrations: MIGRATIONS, journalBytes: 16 * 1024 * 1024 });
}

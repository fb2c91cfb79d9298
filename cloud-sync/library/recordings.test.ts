import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { openLibraryDatabase, type Db } from './database.ts';
import { createRecordings, type SafePart } from './recordings.ts';
import { metaOf } from './testing/recording-maker.ts';

const ID = uuidv7();
let folder: string;
let db: Db;

const file = (): string => join(folder, 'library.sqlite');
const safePart = (track: string, part: number, seconds: number): SafePart => ({
  track, part, upload: '', sha256: '', bytes: seconds * 100, initBytes: 0,
  segments: Array.from({ length: seconds }, (_, at) => ({ offset: at * 100, bytes: 100, durationUs: 1_000_000, captureUs: at * 1_000_000 })),
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lectern-recordings-'));
  db = openLibraryDatabase(file());
  const recordings = createRecordings(db);
  recordings.own(ID, 'room-301');
  recordings.describe(metaOf(ID, 'room-301', { tracks: [{ id: 'board', kind: 'camera', name: 'Board' }, { id: 'mic', kind: 'microphone', name: 'Desk' }] }));
  recordings.markSafe(ID, [safePart('', 0, 7), safePart('board', 0, 3), safePart('board', 1, 2)], 1);
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const EXPECTED = {
  id: ID, bytes: 1_200, durationSeconds: 7,
  tracks: [{ id: 'board', kind: 'camera', name: 'Board', bytes: 500, durationSeconds: 5 }, { id: 'mic', kind: 'microphone', name: 'Desk', bytes: 0, durationSeconds: 0 }],
};

it('lists a thousand recordings without a look at the segments of any', () => {
  db.prepare("UPDATE recordings SET parts = 'not to be read'").run();
  expect(createRecordings(db).newest(null)).toMatchObject([EXPECTED]);
});

it('reads a recording once for all who replay it, and again when it changed', () => {
  const recordings = createRecordings(db);
  const first = recordings.get(ID);
  expect(recordings.get(ID)).toBe(first);
  recordings.describe(metaOf(ID, 'room-301', { redactions: [{ from: '2026-11-02T09:00:00.000Z', to: '2026-11-02T09:00:01.000Z', erasedFrom: '2026-11-02T09:00:01.000Z' }] }));
  expect(recordings.get(ID)?.redactions).toHaveLength(1);
  recordings.markSafe(ID, [safePart('', 0, 1)], 2);
  expect(recordings.get(ID)).toMatchObject({ safeAtMs: 2, parts: [{ part: 0 }] });
});

it('lists what an earlier release verified', () => {
  db.exec('ALTER TABLE recordings DROP COLUMN single_parts; DROP INDEX recordings_by_room; PRAGMA user_version = 2');
  db.close();
  db = openLibraryDatabase(file());
  expect(createRecordings(db).newest(null)).toMatchObject([EXPECTED]);
  expect(createRecordings(db).get(ID)?.parts).toHaveLength(3);
});

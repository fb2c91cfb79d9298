import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import type { Lesson } from '../lesson/lesson.ts';
import type { PlannedClass } from '../lesson/timetable.ts';
import { SmallDisk } from '../recorder/testing/small-disk.ts';
import { SqliteClassJournal } from './class-journal.ts';
import { type Db, openDatabase } from './database.ts';
import { SqliteLessonStore } from './lesson-store.ts';
import { RoomMemory } from './room-memory.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 8, 1);
const log = createLog('test');
log.level = 'silent';
const planned: PlannedClass = { id: 'orbits', title: 'Orbits', teacher: '', startsAtMs: START, endsAtMs: START + 3_600_000 };
const lesson: Lesson = {
  phase: 'live',
  facts: { id: 'l', recordingId: 'r', timetableId: null, room: 'room-301', title: '', teacher: '', startedAtMs: START, endsAtMs: null },
};
let folder: string;
let disk: SmallDisk;
let db: Db;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'full-disk-run-'));
  disk = new SmallDisk(mkdtempSync(join(tmpdir(), 'full-disk-')), 1);
  db = opened();
});
afterEach(() => {
  db.close();
  disk.remove();
  rmSync(folder, { recursive: true, force: true });
});

const opened = (): Db => openDatabase(join(disk.dir, 'appliance.sqlite'), { folder, log });

/** What a box reads and writes when it starts. */
function start(nowMs: number): { lesson: Lesson; pin: string; knownSinceMs: number; held: boolean } {
  const journal = new SqliteClassJournal(db, nowMs);
  const held = journal.outcomeOf(planned) === 'held';
  return { lesson: new SqliteLessonStore(db).load(), pin: new RoomMemory(db, 'first').pinHash(), knownSinceMs: journal.knownSinceMs, held };
}

it('starts with all it knows on a disk that was filled while the box was stopped', () => {
  new SqliteClassJournal(db, START).note(planned, 'held', START);
  new SqliteLessonStore(db).save(lesson);
  new RoomMemory(db, 'first').setPinHash('changed');
  db.close();
  disk.fill();
  db = opened();
  // Two months on the old outcome is to be deleted, which the disk refuses.
  expect(start(START + 70 * DAY)).toEqual({ lesson, pin: 'changed', knownSinceMs: START, held: true });
});

it('starts for the first time though nothing can be written any more', () => {
  disk.fill();
  expect(start(START)).toEqual({ lesson: { phase: 'idle' }, pin: 'first', knownSinceMs: START, held: false });
});

it('starts on a disk that became read-only, and resumes a class that began since', () => {
  new RoomMemory(db, 'first').setPinHash('changed');
  db.close();
  disk.setReadOnly(true);
  db = opened();
  expect(start(START)).toMatchObject({ lesson: { phase: 'idle' }, pin: 'changed' });
  new SqliteLessonStore(db).save(lesson);
  db.close();
  db = opened();
  expect(start(START + 1_000).lesson).toEqual(lesson);
});

import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { createLog } from '#kit/process/log.ts';
import { metaOf, RecordingMaker } from '../library/testing/recording-maker.ts';
import { openUploaderDatabase } from './database.ts';
import { RecordingsFolder } from './folder.ts';
import { createMemory, type Memory } from './memory.ts';
import { Retention } from './retention.ts';

const log = createLog('test');
log.level = 'silent';
const BYTES = 1_000;
let dir: string;
let memory: Memory;
let retention: Retention;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lectern-retention-'));
  memory = createMemory(openUploaderDatabase(join(dir, 'db', 'uploader.sqlite')));
  mkdirSync(recordings());
  retention = new Retention({ recordingsDir: recordings(), folder: new RecordingsFolder(recordings()), memory, log });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const recordings = (): string => join(dir, 'recordings');
const left = (): string[] => readdirSync(recordings()).toSorted();

function recorded(day: number, { safe = true, ended = true } = {}): string {
  const id = uuidv7();
  const maker = new RecordingMaker(recordings(), id);
  maker.describe(metaOf(id, 'room', { startedAt: `2026-11-0${day}T09:00:00.000Z`, endedAt: ended ? `2026-11-0${day}T10:00:00.000Z` : null }));
  writeFileSync(join(maker.folder, 'part-000.mp4'), Buffer.alloc(BYTES));
  if (safe) memory.setSafe(id, 1);
  return id;
}

it('deletes the oldest that are safe, as many as are needed, and nothing else', async () => {
  const unsafe = recorded(1, { safe: false });
  const second = recorded(3);
  recorded(2);
  const third = recorded(4);
  await retention.makeRoom(BYTES / 2);
  expect(left()).toEqual([unsafe, second, third].toSorted());
  await retention.makeRoom(BYTES * 1.5);
  expect(left()).toEqual([unsafe]);
});

it('never deletes what is not verified, however full the disk is', async () => {
  const kept = [recorded(1, { safe: false }), recorded(2, { ended: false }), recorded(3, { safe: false, ended: false })];
  await retention.makeRoom(1e12);
  expect(left()).toEqual(kept.toSorted());
});

it('passes over one that the disk cannot read, and makes room of the others', async () => {
  const unreadable = recorded(1);
  rmSync(join(recordings(), unreadable, 'recording.json'));
  mkdirSync(join(recordings(), unreadable, 'recording.json'));
  recorded(2);
  await retention.makeRoom(BYTES / 2);
  expect(left()).toEqual([unreadable]);
});

it('finishes a deletion that was stopped half way', async () => {
  mkdirSync(join(recordings(), `.deleted-${uuidv7()}`));
  await retention.makeRoom(0);
  expect(left()).toEqual([]);
});

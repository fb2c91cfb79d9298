import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SmallDisk } from '#appliance/recorder/testing/small-disk.ts';
import { type Db, openDatabase } from './database.ts';
import { createLog } from './log.ts';

const FIRST = 'CREATE TABLE room (name TEXT NOT NULL)';
const SECOND = 'ALTER TABLE room ADD COLUMN floor INTEGER NOT NULL DEFAULT 0';
const log = createLog('test');
log.level = 'silent';
let folder: string;
let disk: SmallDisk;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'database-spare-'));
  disk = new SmallDisk(mkdtempSync(join(tmpdir(), 'database-disk-')), 1);
});
afterEach(() => {
  disk.remove();
  rmSync(folder, { recursive: true, force: true });
});

const file = (): string => join(disk.dir, 'kept.sqlite');
const opened = (migrations = [FIRST]): Db => openDatabase(file(), { migrations, journalBytes: 1 << 20, alone: true, spare: { folder, log } });
const names = (db: Db): unknown[] => db.prepare('SELECT name FROM room ORDER BY name').pluck().all();
const add = (db: Db, name: string): unknown => db.prepare('INSERT INTO room (name) VALUES (?)').run(name);

function withRoom301(): void {
  const db = opened();
  add(db, '301');
  db.close();
}

it('opens what was closed in order on a disk that is full, refuses to write there, and writes when there is room again', () => {
  withRoom301();
  disk.fill();
  const db = opened();
  expect(names(db)).toEqual(['301']);
  expect(() => add(db, '302')).toThrow(expect.objectContaining({ code: 'SQLITE_FULL' }));
  disk.makeRoom();
  add(db, '302');
  expect(readdirSync(disk.dir).filter((name) => name.endsWith('-shm'))).toEqual([]);
  db.close();
  expect(readdirSync(folder)).toEqual([]);
});

it('brings a copy up to date where the disk is too full for it, and the file itself when there is room again', () => {
  withRoom301();
  disk.fill();
  const copy = opened([FIRST, SECOND]);
  add(copy, '302');
  expect(names(copy)).toEqual(['301', '302']);
  copy.close();
  disk.makeRoom();
  const db = opened([FIRST, SECOND]);
  expect(names(db)).toEqual(['301']);
  db.close();
});

it('goes on with a copy where the disk is read-only, what was written just before a kill included', () => {
  const before = opened();
  add(before, '301');
  // As a kill leaves it: the row is in the log alone.
  for (const part of ['', '-wal']) copyFileSync(`${file()}${part}`, join(disk.dir, `killed${part}`));
  before.close();
  for (const part of ['', '-wal']) copyFileSync(join(disk.dir, `killed${part}`), `${file()}${part}`);
  disk.setReadOnly(true);
  const first = opened();
  expect(names(first)).toEqual(['301']);
  add(first, '302');
  first.close();
  expect(statSync(join(folder, 'spare-kept.sqlite')).mode & 0o777).toBe(0o600);
  const restarted = opened();
  expect(names(restarted)).toEqual(['301', '302']);
  restarted.close();
  disk.setReadOnly(false);
  const healed = opened();
  expect(names(healed)).toEqual(['301']);
  expect(readdirSync(folder)).toEqual([]);
  healed.close();
});

it('begins with nothing where the disk was read-only before there was a file', () => {
  disk.setReadOnly(true);
  const db = opened();
  add(db, '301');
  expect(names(db)).toEqual(['301']);
  expect(existsSync(file())).toBe(false);
  db.close();
});

it('takes no copy for what is not the fault of the disk', () => {
  withRoom301();
  expect(() => opened([])).toThrow(/has version 1, this program knows 0/);
  expect(readdirSync(folder)).toEqual([]);
});

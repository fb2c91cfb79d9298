import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from './database.ts';

const FIRST = 'CREATE TABLE room (name TEXT NOT NULL)';
const SECOND = "ALTER TABLE room ADD COLUMN floor INTEGER NOT NULL DEFAULT 0";
const opened = (file: string, migrations: readonly string[]) => openDatabase(file, { migrations, journalBytes: 1 << 20 });
const newFile = (): string => join(mkdtempSync(join(tmpdir(), 'database-')), 'deep', 'kept.sqlite');

test('a file is brought from any version to the newest, once, and keeps what it holds', () => {
  const file = newFile();
  const old = opened(file, [FIRST]);
  old.exec("INSERT INTO room VALUES ('301')");
  old.close();
  for (let opening = 0; opening < 2; opening += 1) {
    const db = opened(file, [FIRST, SECOND]);
    expect(db.prepare('SELECT name, floor FROM room').all()).toEqual([{ name: '301', floor: 0 }]);
    db.close();
  }
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a migration that fails leaves the file as it was', () => {
  const file = newFile();
  opened(file, [FIRST]).close();
  expect(() => opened(file, [FIRST, 'CREATE TABLE half (a)', 'nonsense'])).toThrow(/syntax error/);
  const db = opened(file, [FIRST, SECOND]);
  expect(db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'half'").get()).toEqual({ n: 0 });
  db.close();
});

test('a file of a newer program is refused, not harmed', () => {
  const file = newFile();
  opened(file, [FIRST, SECOND]).close();
  expect(() => opened(file, [FIRST])).toThrow(/has version 2, this program knows 1/);
});

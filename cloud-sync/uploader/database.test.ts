import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openUploaderDatabase } from './database.ts';
import { createMemory } from './memory.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lectern-memory-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (): string => join(folder, 'uploader.sqlite');

function withSafe(recordings: number): void {
  const db = openUploaderDatabase(file());
  const memory = createMemory(db);
  for (let number = 0; number < recordings; number++) memory.setSafe(`recording-${number}`, 1);
  db.close();
}

it('remembers what is safe', () => {
  withSafe(1);
  const db = openUploaderDatabase(file());
  expect(createMemory(db).isSafe('recording-0')).toBe(true);
  db.close();
});

it.each([
  ['is none', () => Buffer.alloc(8_192, 1)],
  ['has a damaged page', (whole: Buffer) => whole.fill(1, 8_192, 16_384)],
])('forgets, and goes on, when its file %s', (_what, damage) => {
  withSafe(500);
  writeFileSync(file(), damage(readFileSync(file())));
  const db = openUploaderDatabase(file());
  const memory = createMemory(db);
  expect(memory.isSafe('recording-0')).toBe(false);
  memory.setSafe('recording-0', 1);
  expect(memory.isSafe('recording-0')).toBe(true);
  db.close();
});

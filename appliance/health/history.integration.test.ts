import Database from 'better-sqlite3';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import { SmallDisk } from '../recorder/testing/small-disk.ts';
import { HealthHistory } from './history.ts';

const log = createLog('test');
log.level = 'silent';
const folder = mkdtempSync(join(tmpdir(), 'history-'));
afterAll(() => rmSync(folder, { recursive: true }));
const DAY = 86_400_000;
const START = Date.UTC(2026, 9, 1);

it('keeps seconds, tens of seconds and minutes, never more than its rings, and over a restart', () => {
  const file = join(folder, 'health.sqlite');
  const first = new HealthHistory(file, log);
  let atMs = START;
  // A month by five minutes, seven hours by ten seconds, then a minute by the second.
  for (; atMs < START + 31 * DAY; atMs += 300_000) first.record({ 'cpu-percent': 20 }, atMs);
  for (const endMs = atMs + 7 * 3_600_000; atMs < endMs; atMs += 10_000) first.record({ 'cpu-percent': 40 }, atMs);
  for (const endMs = atMs + 60_000; atMs < endMs; atMs += 1_000) first.record({ 'cpu-percent': 60, 'temperature-c': null }, atMs);
  const newcomer = new HealthHistory(join(folder, 'new.sqlite'), log);
  for (let second = 0; second <= 60; second += 1) newcomer.record({ viewers: second }, START + second * 1_000);
  const fine = newcomer.query('viewers', START, START + 60_000, START + 60_000);
  expect([fine.stepMs, fine.mean.length, fine.mean[59]]).toEqual([1_000, 60, 59]);
  newcomer.close();
  first.close();

  const after = new HealthHistory(file, log);
  const minute = after.query('cpu-percent', atMs - 60_000, atMs, atMs);
  expect([minute.stepMs, minute.mean[0]]).toEqual([10_000, 60]);
  const hours = after.query('cpu-percent', atMs - 3 * 3_600_000, atMs, atMs);
  expect([hours.stepMs, hours.mean[0]]).toEqual([20_000, 40]);
  const month = after.query('cpu-percent', atMs - 30 * DAY, atMs, atMs);
  expect([month.stepMs, month.mean.length, month.mean[1]]).toEqual([3_600_000, 721, 20]);
  expect(after.query('temperature-c', atMs - 3_600_000, atMs, atMs).mean.every((value) => value === null)).toBe(true);
  after.close();
  const rows = new Database(file).prepare<[], { step_ms: number; rows: number }>('SELECT step_ms, count(*) AS rows FROM point GROUP BY step_ms').all();
  expect(rows).toEqual([{ step_ms: 10_000, rows: 2_160 }, { step_ms: 300_000, rows: 8_640 }]);
});

it('begins anew with a file that is broken', () => {
  const file = join(folder, 'broken.sqlite');
  writeFileSync(file, 'this is no database'.repeat(200));
  const history = new HealthHistory(file, log);
  history.record({ viewers: 3 }, START);
  expect(history.query('viewers', START - 1_000, START + 1_000, START).mean).toContain(3);
  history.close();
});

/** What is left of the box's past when the disk is refused to it, and that it goes on. */
function remembers(file: string): (number | null)[] {
  const history = new HealthHistory(file, log);
  for (let second = 0; second <= 20; second += 1) history.record({ viewers: 3 }, START + DAY + second * 1_000);
  const { mean } = history.query('viewers', START, START + 2 * DAY, START + 2 * DAY);
  history.close();
  return mean.filter((value) => value !== null);
}

/** Two figures of an earlier life of the box, on a small disk that is gone at the end. */
function withPast(look: (disk: SmallDisk, file: string) => void): void {
  const disk = new SmallDisk(mkdtempSync(join(folder, 'disk-')), 1);
  const file = join(disk.dir, 'health.sqlite');
  try {
    const before = new HealthHistory(file, log);
    for (const second of [0, 400]) before.record({ viewers: 7 }, START + second * 1_000);
    before.close();
    look(disk, file);
  } finally {
    disk.remove();
  }
}

it.each<[string, number[], (disk: SmallDisk, file: string) => void]>([
  ['full', [7, 3], (disk) => disk.fill()],
  ['read-only', [3], (disk) => disk.setReadOnly(true)],
  ['full, and the file broken', [3], (disk, file) => (writeFileSync(file, 'this is no database'.repeat(200)), disk.fill())],
  ['read-only, and the file broken', [3], (disk, file) => (writeFileSync(file, 'this is no database'.repeat(200)), disk.setReadOnly(true))],
  ['full, and the file gone', [3], (disk, file) => (rmSync(file), disk.fill())],
])('never keeps a box from starting: the disk is %s', (_what, expected, spoil) => {
  withPast((disk, file) => {
    spoil(disk, file);
    expect(remembers(file)).toEqual(expected);
  });
});

it('deletes no past that the disk only refuses: it is there again with the disk', () => {
  withPast((disk, file) => {
    disk.setReadOnly(true);
    remembers(file);
    disk.setReadOnly(false);
    expect(existsSync(file)).toBe(true);
    expect(remembers(file)).toEqual([7, 3]);
  });
});

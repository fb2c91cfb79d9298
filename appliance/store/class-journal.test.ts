import { expect, it } from 'vitest';
import { SqliteClassJournal } from './class-journal.ts';
import { openDatabase } from './database.ts';
import { SettingStore } from './setting-store.ts';

it('knows a timetable since it has had it: a calendar that is added later brings nothing that was missed', () => {
  const db = openDatabase(':memory:');
  const since = (nowMs: number, calendar?: string): number => new SqliteClassJournal(db, nowMs, calendar).knownSinceMs;
  expect([since(1_000), since(2_000)]).toEqual([1_000, 1_000]);
  expect([since(3_000, '/room.ics'), since(4_000, '/room.ics')]).toEqual([3_000, 3_000]);
  expect([since(5_000, '/other.ics'), since(6_000)]).toEqual([5_000, 6_000]);
});

it('goes on from what an older version wrote down', () => {
  const db = openDatabase(':memory:');
  new SettingStore(db).set('timetable-known-since', 1_000);
  expect(new SqliteClassJournal(db, 2_000).knownSinceMs).toBe(1_000);
});

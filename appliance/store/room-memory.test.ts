import { expect, it } from 'vitest';
import { openDatabase } from './database.ts';
import { RoomMemory } from './room-memory.ts';
import { SettingStore } from './setting-store.ts';

it.each([
  ['what people set', { lapel: { gainDb: -6 }, ceiling: { delayMs: 0, muted: true } }],
  ['every value of every source, as earlier releases wrote it', { lapel: { gainDb: -6, delayMs: 40, muted: false } }],
  ['that nobody set anything', {}],
])('remembers of the sound %s', (_what, settings) => {
  const db = openDatabase(':memory:');
  new SettingStore(db).set('sound', settings);
  expect(new RoomMemory(db, '').soundSettings()).toEqual(settings);
});

import { expect, it } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import type { RoomConfig } from '#provisioning/contract/enrolment.ts';
import { openDatabase } from '../store/database.ts';
import { SettingStore } from '../store/setting-store.ts';
import { ConsoleTimetable } from './console-timetable.ts';

const log = createLog('test');
log.level = 'silent';
const at = (hour: number): string => new Date(Date.UTC(2026, 9, 19, hour)).toISOString();
const one = (id: string, hour: number): RoomConfig['timetable'][number] => ({ id, title: id, teacher: '', startsAt: at(hour), endsAt: at(hour + 1) });
const told = (timetable: RoomConfig['timetable'], room = 'room-301'): RoomConfig => ({
  room, roomName: '', uploadsUrl: '', libraryUrl: '', edge: { whip: '', whep: '', rtmp: '', api: '' }, timetable,
});
const ids = (timetable: ConsoleTimetable, config: RoomConfig | null, hour: number): string[] => timetable.classes(config, Date.parse(at(hour))).map(({ id }) => id);

it('keeps a class that is over though campus tells only what is still to come, over a restart too', () => {
  const settings = new SettingStore(openDatabase(':memory:'));
  const before = new ConsoleTimetable({ settings, log });
  expect(ids(before, told([one('nine', 9), one('ten', 10)]), 9)).toEqual(['nine', 'ten']);
  expect(ids(before, told([one('ten', 10)]), 10)).toEqual(['nine', 'ten']);
  const after = new ConsoleTimetable({ settings, log });
  expect(ids(after, told([one('ten', 10)]), 11)).toEqual(['nine', 'ten']);
  expect(ids(after, told([]), 12)).toEqual(['nine', 'ten']);
  expect(ids(after, told([], 'room-302'), 12)).toEqual([]);
  expect(ids(after, null, 12)).toEqual([]);
});

it('goes on where the disk takes nothing', () => {
  const settings = { get: () => null, set: () => { throw new Error('database or disk is full'); } };
  const timetable = new ConsoleTimetable({ settings, log });
  ids(timetable, told([one('nine', 9)]), 9);
  expect(ids(timetable, told([]), 10)).toEqual(['nine']);
});

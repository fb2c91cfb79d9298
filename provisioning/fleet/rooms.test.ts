import { afterEach, expect, it, vi } from 'vitest';
import { openFleetDatabase } from './database.ts';
import { createRooms } from './rooms.ts';

afterEach(() => void vi.restoreAllMocks());

it('reads timetables once and not each second, and every change at once', () => {
  const db = openFleetDatabase(':memory:');
  const rooms = createRooms(db);
  const one = { id: 'a', title: 'a', teacher: '', startsAt: '2026-11-02T09:00:00Z', endsAt: '2026-11-02T10:00:00Z' };
  rooms.put('r2', 'Two', null);
  rooms.put('r1', 'One', true);
  rooms.setTimetable('r1', [one]);
  const parsed = vi.spyOn(JSON, 'parse');
  for (let second = 0; second < 3; second++) expect([rooms.all().map(({ room }) => room), rooms.get('r1')?.timetable]).toEqual([['r1', 'r2'], [one]]);
  expect(parsed).toHaveBeenCalledTimes(2);
  rooms.setTimetable('r1', []);
  rooms.put('r1', 'Aula', null);
  expect(rooms.get('r1')).toEqual({ room: 'r1', name: 'Aula', alwaysOpen: true, timetable: [] });
  rooms.remove('r1');
  expect([rooms.get('r1'), rooms.all().length]).toEqual([null, 1]);
  db.close();
});

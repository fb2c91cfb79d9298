import { afterEach, expect, it, vi } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import type { RoomConfig } from '#provisioning/contract/enrolment.ts';
import { openDatabase } from '../store/database.ts';
import { type Heartbeat, RoomSchedule } from './room-schedule.ts';

const log = createLog('test');
log.level = 'silent';

afterEach(() => vi.useRealTimers());

it('writes the class’s time down every five seconds of it, and waits for no disk', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const kept: Heartbeat[] = [];
  const disk = Promise.withResolvers<void>();
  const schedule = new RoomSchedule({
    config: {}, leadMinutes: undefined, db: openDatabase(':memory:'), room: () => null, networkOffsetMs: () => null, log,
    heartbeat: null,
    keepHeartbeat: async (beat) => {
      kept.push(beat);
      await disk.promise;
    },
  });
  schedule.tick(false);
  expect(kept).toHaveLength(0);
  for (let second = 0; second < 30; second += 1) {
    schedule.tick(true);
    vi.advanceTimersByTime(1_000);
  }
  expect(kept).toHaveLength(1);
  disk.reject(new Error('no space left on device'));
  await vi.waitFor(() => {
    schedule.tick(true);
    expect(kept).toHaveLength(2);
  });
});

it('still has a class that is over when campus tells only what is to come', () => {
  const at = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
  const one = (id: string, from: number, to: number): RoomConfig['timetable'][number] => ({ id, title: id, teacher: '', startsAt: at(from), endsAt: at(to) });
  const [over, coming] = [one('over', -60, -1), one('coming', 10, 60)];
  let room: RoomConfig = { room: 'r', roomName: '', uploadsUrl: '', libraryUrl: '', edge: { whip: '', whep: '', rtmp: '', api: '' }, timetable: [over, coming] };
  const schedule = new RoomSchedule({
    config: {}, leadMinutes: undefined, db: openDatabase(':memory:'), room: () => room, networkOffsetMs: () => null, log,
    heartbeat: null, keepHeartbeat: async () => undefined,
  });
  const ids = (): string[] => schedule.timetable().map(({ id }) => id);
  expect(ids()).toEqual(['over', 'coming']);
  room = { ...room, timetable: [coming] };
  expect(ids()).toEqual(['over', 'coming']);
});

it('takes the room’s own day for today, where the machine keeps another time', () => {
  // Half past seven in the morning of the 20th in Shanghai, half past eleven in the evening of the 19th in UTC.
  vi.useFakeTimers({ now: Date.UTC(2026, 9, 19, 23, 30), toFake: ['Date'] });
  const one = (id: string, startsAt: string): RoomConfig['timetable'][number] => ({ id, title: id, teacher: '', startsAt, endsAt: startsAt.replace(':00:00', ':45:00') });
  const timetable = [one('yesterday', '2026-10-19T10:00:00+08:00'), one('first', '2026-10-20T08:00:00+08:00'), one('last', '2026-10-20T21:00:00+08:00'), one('tomorrow', '2026-10-21T08:00:00+08:00')];
  const schedule = new RoomSchedule({
    config: { timeZone: 'Asia/Shanghai' }, leadMinutes: undefined, db: openDatabase(':memory:'), networkOffsetMs: () => null, log, heartbeat: null,
    keepHeartbeat: async () => undefined, room: () => ({ room: 'r', roomName: '', uploadsUrl: '', libraryUrl: '', edge: { whip: '', whep: '', rtmp: '', api: '' }, timetable }),
  });
  expect(schedule.view({ stateOf: () => 'coming', next: () => null, ending: () => null }).today.map(({ id }) => id)).toEqual(['first', 'last']);
});

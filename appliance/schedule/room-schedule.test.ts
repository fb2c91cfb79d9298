import { afterEach, expect, it, vi } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import type { RoomConfig } from '#provisioning/contract/enrolment.ts';
import { Classroom } from '../lesson/classroom.ts';
import { IDLE } from '../lesson/lesson.ts';
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

it('tells of the class of a box that was off from three on Thursday to Friday morning', () => {
  const timetable = [{ id: 'waves', title: 'Waves', teacher: '', startsAt: '2026-11-19T16:00:00+08:00', endsAt: '2026-11-19T17:00:00+08:00' }];
  const config: RoomConfig = { room: 'r', roomName: '', uploadsUrl: '', libraryUrl: '', edge: { whip: '', whep: '', rtmp: '', api: '' }, timetable };
  const db = openDatabase(':memory:');
  /** The box as it is switched on, with the room that it kept; later it hears from campus. */
  const switchedOn = (at: string) => {
    vi.useFakeTimers({ now: Date.parse(at), toFake: ['Date'] });
    let room = config;
    const schedule = new RoomSchedule({
      config: { timeZone: 'Asia/Shanghai' }, leadMinutes: undefined, db, networkOffsetMs: () => null, log, heartbeat: null, keepHeartbeat: async () => undefined, room: () => room,
    });
    const classroom = new Classroom({
      store: { load: () => IDLE, save: () => undefined }, recording: { open: async () => undefined, close: async () => undefined }, uplink: { begin: () => undefined, end: async () => undefined },
      program: { setPaused: () => undefined, setSoundCapture: () => undefined }, journal: schedule.journal, clock: schedule.clock, policy: schedule.policy, log,
      room: () => ({ id: 'r', timetable: schedule.timetable() }), changed: () => undefined,
    });
    const missed = (): string[] => {
      classroom.tick();
      return schedule.view(classroom).missed.map(({ title }) => title);
    };
    return { missed, hear: () => (room = { ...config, timetable: [] }) };
  };
  expect(switchedOn('2026-11-19T15:00:00+08:00').missed()).toEqual([]);
  const friday = switchedOn('2026-11-20T08:00:00+08:00');
  expect(friday.missed()).toEqual(['Waves']);
  friday.hear();
  expect(friday.missed()).toEqual(['Waves']);
  expect(switchedOn('2026-11-20T16:59:00+08:00').missed()).toEqual(['Waves']);
  expect(switchedOn('2026-11-20T17:00:00+08:00').missed()).toEqual([]);
});

it('shows no date where the clock cannot be right, and the room’s own otherwise', () => {
  vi.useFakeTimers({ now: 0, toFake: ['Date'] });
  const schedule = new RoomSchedule({
    config: { timeZone: 'Asia/Shanghai' }, leadMinutes: undefined, db: openDatabase(':memory:'), networkOffsetMs: () => Date.now() - performance.now(), log, heartbeat: null,
    keepHeartbeat: async () => undefined, room: () => null,
  });
  expect(schedule.roomTime).toBeNull();
  vi.setSystemTime(Date.UTC(2026, 9, 19, 23, 30));
  schedule.tick(false);
  expect(schedule.roomTime?.timeZone).toBe('Asia/Shanghai');
  expect(Math.abs((schedule.roomTime?.nowMs ?? 0) - Date.UTC(2026, 9, 19, 23, 30))).toBeLessThan(60_000);
});

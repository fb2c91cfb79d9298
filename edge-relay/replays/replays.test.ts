import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { TicketStore } from '../access/ports.ts';
import { type Library, Replays } from './replays.ts';

type Recording = Awaited<ReturnType<Library['recordings']>>[number];

const recording = (count: number, room: string): Recording => ({
  id: `recording-${count}`, room, title: 'Light', teacher: 'Ada', recordedAt: new Date(count * 3_600_000).toISOString(), endedAt: new Date((count + 1) * 3_600_000).toISOString(), durationSeconds: 3_600, bytes: 9, safe: true,
  gaps: [], pauses: [], redactions: [], tracks: [],
});

/** Amy holds a ticket in room 1 and one in room 2; which rooms campus was asked for, and which were looked up. */
function library(all: readonly Recording[]) {
  const [asked, lookedUp]: [string[], string[]] = [[], []];
  const campus = { nowMs: 0, recordings: async (room: string): Promise<readonly Recording[]> => Promise.resolve(all.filter((one) => one.room === room)) };
  const course = { title: 'Light', teacher: 'Ada', description: '', startsAtMs: null, endsAtMs: null, priceCents: 1, currency: 'EUR', buyUrl: 'https://shop.test/' };
  const never = (): never => { throw new Error('not asked for here'); };
  const tickets: TicketStore = {
    grant: never, revoke: never, held: never,
    rooms: () => ['room-1', 'room-2'],
    accessOf: (_account, room) => {
      lookedUp.push(room);
      return { room: { room, name: room, alwaysOpen: false }, courses: [{ ...course, course: `light in ${room}`, room }], tickets: new Set(['light in room-1', 'light in room-2']) };
    },
  };
  const library: Library = {
    recordings: (room) => {
      asked.push(room);
      return campus.recordings(room);
    },
    recording: never, grant: never,
  };
  return { replays: new Replays({ library, tickets, log: pino({ level: 'silent' }), now: () => campus.nowMs }), asked, lookedUp, campus };
}

it('asks for the rooms of the student alone and looks each up once, however many recordings there are, newest first', async () => {
  const { replays, asked, lookedUp } = library(Array.from({ length: 1_500 }, (_, count) => recording(count, `room-${count % 3}`)));
  const listed = await replays.list('amy');
  expect([listed.length, asked, lookedUp.toSorted()]).toEqual([1_000, ['room-1', 'room-2'], ['room-1', 'room-2']]);
  expect(listed.slice(0, 3).map(({ id }) => id)).toEqual(['recording-1499', 'recording-1498', 'recording-1496']);
});

it('shows what campus told last while it takes its time or fails, and what it tells as soon as it does', async () => {
  const { replays, campus } = library([recording(1, 'room-1')]);
  const late = Promise.withResolvers<readonly Recording[]>();
  const idsNow = async () => Promise.race([replays.list('amy').then((listed) => listed.map(({ id }) => id)), new Promise((resolve) => setImmediate(resolve, 'still waiting'))]);
  expect(await idsNow()).toEqual(['recording-1']);
  campus.recordings = () => late.promise;
  campus.nowMs += 5_000;
  expect(await idsNow()).toEqual(['recording-1']);
  late.resolve([recording(2, 'room-1')]);
  await late.promise;
  campus.recordings = () => Promise.reject(new Error('campus is away'));
  expect(await idsNow()).toEqual(['recording-2', 'recording-2']);
  campus.nowMs += 5_000;
  expect(await idsNow()).toEqual(['recording-2', 'recording-2']);
});

it('shows none until campus was reached', async () => {
  const { replays, campus } = library([recording(1, 'room-1')]);
  campus.recordings = () => Promise.reject(new Error('campus is away'));
  expect(await replays.list('amy')).toEqual([]);
});

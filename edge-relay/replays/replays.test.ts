import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { TicketStore } from '../access/ports.ts';
import { type Library, Replays } from './replays.ts';

type Recording = Awaited<ReturnType<Library['recordings']>>[number];

const recording = (count: number, room: string): Recording => ({
  id: `recording-${count}`, room, title: 'Light', teacher: 'Ada', recordedAt: '2026-09-01T08:00:00.000Z', endedAt: '2026-09-01T09:00:00.000Z', durationSeconds: 3_600, bytes: 9, safe: true,
  gaps: [], pauses: [], redactions: [], tracks: [],
});

/** Amy holds a ticket in room 1 alone; which rooms were looked up. */
function library(recordings: readonly Recording[]) {
  const lookedUp: string[] = [];
  const campus = { nowMs: 0, recordings: () => Promise.resolve(recordings) };
  const course = { course: 'light', room: 'room-1', title: 'Light', teacher: 'Ada', description: '', startsAtMs: null, endsAtMs: null, priceCents: 1, currency: 'EUR', buyUrl: 'https://shop.test/' };
  const never = (): never => { throw new Error('not asked for here'); };
  const tickets: TicketStore = {
    grant: never, revoke: never, held: never,
    accessOf: (_account, room) => {
      lookedUp.push(room);
      return { room: { room, name: room, alwaysOpen: false }, courses: [{ ...course, room }], tickets: new Set(room === 'room-1' ? ['light'] : []) };
    },
  };
  const replays = new Replays({ library: { recordings: () => campus.recordings(), grant: never }, tickets, log: pino({ level: 'silent' }), now: () => campus.nowMs });
  return { replays, lookedUp, campus };
}

it('looks each room up once, however many recordings there are', async () => {
  const { replays, lookedUp } = library(Array.from({ length: 600 }, (_, count) => recording(count, `room-${count % 3}`)));
  const listed = await replays.list('amy');
  expect([listed.length, listed[0]?.id, lookedUp.toSorted()]).toEqual([200, 'recording-1', ['room-0', 'room-1', 'room-2']]);
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
  expect(await idsNow()).toEqual(['recording-2']);
  campus.recordings = () => Promise.reject(new Error('campus is away'));
  campus.nowMs += 5_000;
  expect(await idsNow()).toEqual(['recording-2']);
});

it('shows none until campus was reached', async () => {
  const { replays, campus } = library([recording(1, 'room-1')]);
  campus.recordings = () => Promise.reject(new Error('campus is away'));
  expect(await replays.list('amy')).toEqual([]);
});

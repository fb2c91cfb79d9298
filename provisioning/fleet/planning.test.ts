import { describe, expect, it, vi } from 'vitest';
import type { TimetableClass } from '../contract/console.ts';
import { edgeFactsOf, EdgeSync, refusalsOf } from './edge-sync.ts';
import { roomConfigOf } from './room-config.ts';
import { currentClass, nextClass, orderedTimetable } from './timetable.ts';

const DAY = '2026-11-02T';
const one = (id: string, from: string, to: string, course?: string): TimetableClass => ({
  id, title: id, teacher: 'Lin', startsAt: `${DAY}${from}:00Z`, endsAt: `${DAY}${to}:00Z`,
  ...(course ? { course: { id: course, description: '', priceCents: 100, currency: 'EUR', buyUrl: 'https://shop.test/' } } : {}),
});
const nowAt = (time: string): number => Date.parse(`${DAY}${time}:00Z`);

describe('orderedTimetable', () => {
  it('puts the soonest first; one may begin as another ends', () => {
    expect(orderedTimetable([one('b', '10:00', '11:00'), one('a', '09:00', '10:00')]).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it.each([
    ['ends before it starts', [one('a', '10:00', '09:00')]],
    ['before “a” (a) ends', [one('a', '09:00', '10:00'), one('b', '09:59', '11:00')]],
    ['Two classes', [one('a', '09:00', '10:00'), one('a', '10:00', '11:00')]],
    ['ends before it starts', [{ ...one('a', '09:00', '10:00'), startsAt: `2026-12-31T23:59:60Z` }]],
  ])('refuses what “%s”', (message, classes) => {
    expect(() => orderedTimetable(classes)).toThrow(message);
  });
});

it('knows what runs and what comes next', () => {
  const timetable = [one('a', '09:00', '10:00'), one('b', '10:00', '11:00')];
  expect([currentClass(timetable, nowAt('09:59'))?.id, nextClass(timetable, nowAt('09:59'))?.id]).toEqual(['a', 'b']);
  expect([currentClass(timetable, nowAt('10:00'))?.id, nextClass(timetable, nowAt('10:00'))]).toEqual(['b', null]);
});

it('gives a box its room, the addresses with the room in them, and what is still to come', () => {
  const room = { room: 'r1', name: 'One', alwaysOpen: false, timetable: [one('a', '09:00', '10:00', 'c'), one('b', '10:00', '11:00')] };
  const edge = { url: 'http://e', apiUrl: 'http://i', whip: 'http://e/whip', whep: 'http://e/{room}/whep', rtmp: 'rtmp://e/live/' };
  expect(roomConfigOf(room, { publicUrl: 'http://c', boxUrl: 'https://b', edge }, nowAt('10:30'))).toEqual({
    room: 'r1', roomName: 'One', uploadsUrl: 'http://c/uploads', libraryUrl: 'http://c',
    edge: { whip: 'http://e/whip/r1', whep: 'http://e/r1/whep', rtmp: 'rtmp://e/live/r1', api: 'http://e/api/rooms/r1' },
    timetable: [one('b', '10:00', '11:00')],
  });
});

it.each([
  ['before the first', '08:00', '09:00'],
  ['in the first', '09:30', '09:00'],
  ['in the first, which runs over', '10:29', '09:00'],
  ['after the first', '10:30', '11:00'],
  ['in the last', '11:00', '11:00'],
  ['after the last', '13:00', '11:00'],
])('tells the edge the times of a course %s class', (_what, now, startsAt) => {
  const room = { room: 'r1', name: 'One', alwaysOpen: false, timetable: [one('a', '09:00', '10:00', 'c'), one('b', '11:00', '12:00', 'c'), one('x', '12:00', '13:00')] };
  const facts = edgeFactsOf([room], nowAt(now));
  expect(facts.map(({ path }) => path)).toEqual(['/api/admin/rooms/r1', '/api/admin/courses/c']);
  expect(facts[1]?.body).toMatchObject({ startsAt: `${DAY}${startsAt}:00Z`, room: 'r1' });
});

it.each([
  ['before both', '08:00', 'r2'],
  ['in the one', '09:30', 'r2'],
  ['in the one, which runs over until the other begins', '10:10', 'r2'],
  ['in the other', '10:20', 'r1'],
  ['after both', '13:00', 'r1'],
])('tells the edge one room of a course that is held in two: %s', (_what, now, held) => {
  const rooms = [
    { room: 'r1', name: 'One', alwaysOpen: false, timetable: [one('b', '10:20', '11:00', 'c')] },
    { room: 'r2', name: 'Two', alwaysOpen: false, timetable: [one('a', '09:00', '10:00', 'c')] },
  ];
  const facts = edgeFactsOf(rooms, nowAt(now));
  expect(facts.map(({ path }) => path)).toEqual(['/api/admin/rooms/r1', '/api/admin/rooms/r2', '/api/admin/courses/c']);
  expect(facts[2]?.body).toMatchObject({ room: held });
});

it('has the edge refuse a box for as long as a key that it was given before may last', () => {
  expect(refusalsOf([{ box: 'b1', revokedAtMs: nowAt('08:00') }])).toEqual([{ path: '/api/admin/publishers/b1', body: { refusedUntil: `${DAY}20:00:00.000Z` } }]);
});

describe('EdgeSync', () => {
  const rooms = ['r1', 'r2', 'r3'].map((room) => ({ room, name: room, alwaysOpen: false, timetable: [] }));
  /** An edge that answers each path with a status. */
  function edgeThat(statusOf: (path: string) => number) {
    const told: string[] = [];
    vi.stubGlobal('fetch', async (url: string) => {
      const { pathname } = new URL(url);
      told.push(pathname.split('/').at(-1) ?? '');
      return new Response(null, { status: statusOf(pathname) });
    });
    const sync = new EdgeSync({ apiUrl: 'http://edge.test', rooms: () => rooms, revokedSince: () => [], token: () => '', now: () => 0 });
    const run = (): Promise<void> => sync.run(AbortSignal.timeout(10_000));
    return { told, run };
  }

  it('tells everything else where the edge refuses one thing, and only that again', async () => {
    const { told, run } = edgeThat((path) => (path.endsWith('r1') ? 400 : 204));
    await expect(run()).rejects.toMatchObject({ code: 'edge_refused' });
    expect(told).toEqual(['r1', 'r2', 'r3']);
    await expect(run()).rejects.toMatchObject({ code: 'edge_refused' });
    expect(told.slice(3)).toEqual(['r1']);
  });

  it('tells an edge that was away everything anew', async () => {
    let away = false;
    const { told, run } = edgeThat((path) => (away ? 502 : path.endsWith('r3') ? 400 : 204));
    await expect(run()).rejects.toMatchObject({ code: 'edge_refused' });
    away = true;
    await expect(run()).rejects.toMatchObject({ code: 'edge_away' });
    away = false;
    await expect(run()).rejects.toMatchObject({ code: 'edge_refused' });
    expect(told).toEqual(['r1', 'r2', 'r3', 'r3', 'r1', 'r2', 'r3']);
  });
});

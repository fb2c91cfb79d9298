import { expect, it } from 'vitest';
import { Places, type Seat } from './places.ts';

it('gives three places to an account, and one back to whoever leaves', () => {
  const places = new Places(3);
  const leave = places.sit('a', { account: 'amy', room: 'room-1', session: 's1', seat: null });
  places.sit('b', { account: 'amy', room: 'room-1', session: 's2', seat: null });
  places.touch('c', { account: 'amy', room: 'room-2' }, 0);
  expect(places.hasRoomFor('amy', null, 0)).toBe(false);
  expect(places.hasRoomFor('amy', 'c', 0)).toBe(true);
  // Somebody who sits may renew; a stranger to the account may not by naming the session.
  expect(places.hasRoomFor('amy', 's2', 0)).toBe(true);
  expect(places.hasRoomFor('amy', 's9', 0)).toBe(false);
  expect(places.hasRoomFor('ben', null, 0)).toBe(true);
  leave();
  expect(places.hasRoomFor('amy', null, 0)).toBe(true);
});

it('lets an HLS place fade ten seconds after its last request', () => {
  const places = new Places(1);
  places.touch('c', { account: 'amy', room: 'room-1' }, 0);
  expect(places.viewers('room-1', 9_999)).toBe(1);
  expect(places.hasRoomFor('amy', null, 9_999)).toBe(false);
  expect(places.hasRoomFor('amy', null, 10_000)).toBe(true);
  places.sweep(10_000);
  expect(places.viewers('room-1', 0)).toBe(0);
});

it('keeps the place of a viewer whom a cache serves without asking', () => {
  const places = new Places(1);
  const viewer = { account: 'amy', room: 'room-1' };
  places.touch('c', viewer, 0, { heldMs: 30_000 });
  // A playlist that the cache did not have brings the viewer here in between: that shortens nothing.
  places.touch('c', viewer, 1_000);
  expect([places.viewers('room-1', 39_999), places.viewers('room-1', 40_000)]).toEqual([1, 0]);
});

it('knows the layer that an HLS viewer asked for last, and when it asked for anything', () => {
  const places = new Places(1);
  const viewer = { account: 'amy', room: 'room-1' };
  places.touch('c', viewer, 0, { layer: '720p' });
  // Its sound.
  places.touch('c', viewer, 200, { layer: null });
  expect(places.find('c', 300)).toMatchObject({ layer: '720p', lastSeenMs: 200, sinceMs: 0 });
  places.touch('c', viewer, 400, { layer: '360p' });
  expect(places.find('c', 500)).toMatchObject({ layer: '360p', lastSeenMs: 400 });
});

/** A viewer who stays connected, and the reasons it was ended with. */
function seated(ends: string[] = []): Seat {
  return { protocol: 'flv', figures: () => ({ protocol: 'flv', layer: 'source', bytesSent: 0, queuedBytes: 0, picturesLeftOut: 0, groupsLeftOut: 0 }), end: (reason) => ends.push(reason) };
}

it('lists who watches, whichever way, and ends all of one session', () => {
  const ends: string[] = [];
  const places = new Places(3, () => 5);
  const leave = places.sit('a', { account: 'amy', room: 'room-1', session: 's1', seat: seated(ends) });
  places.sit('b', { account: 'ben', room: 'room-1', session: 's2', seat: seated(ends) });
  places.touch('s1', { account: 'amy', room: 'room-1' }, 5);
  expect([...places.all(5)].map(([id, { sinceMs, seat }]) => [id, sinceMs, seat?.protocol ?? 'hls'])).toEqual([['a', 5, 'flv'], ['b', 5, 'flv'], ['s1', 5, 'hls']]);
  expect([places.find('a', 5)?.account, places.find('s1', 20_000), places.find('nobody', 5)]).toEqual(['amy', null, null]);
  places.end('s1', 'go');
  leave();
  expect([ends, [...places.all(5)].map(([id]) => id)]).toEqual([['go'], ['b']]);
  expect(places.isKnown('s1', 5, { hls: true })).toBe(false);
});

it('tells who comes back from who is new', () => {
  let nowMs = 0;
  const places = new Places(3, () => nowMs);
  const leave = places.sit('a', { account: 'amy', room: 'room-1', session: 's1', seat: seated() });
  places.touch('s2', { account: 'ben', room: 'room-1' }, 0);
  const known = (session: string) => [places.isKnown(session, nowMs, { hls: false }), places.isKnown(session, nowMs, { hls: true })];
  expect([known('s1'), known('s2'), known('s3')]).toEqual([[true, true], [false, true], [false, false]]);
  leave();
  nowMs = 29_999;
  expect([known('s1'), known('s2')]).toEqual([[true, true], [false, false]]);
  nowMs = 30_000;
  expect(known('s1')).toEqual([false, false]);
});

it('knows an account by what it watches in a room, or did a moment ago, whatever its session', () => {
  let nowMs = 0;
  const places = new Places(3, () => nowMs);
  const leave = places.sit('a', { account: 'amy', room: 'room-1', session: 's1', seat: seated() });
  places.touch('s2', { account: 'ben', room: 'room-1' }, 0);
  const here = (room: string) => ['amy', 'ben', 'cat'].map((account) => places.isHere(account, room, nowMs));
  expect([here('room-1'), here('room-2')]).toEqual([[true, true, false], [false, false, false]]);
  leave();
  nowMs = 29_999;
  expect(here('room-1')).toEqual([true, false, false]);
  nowMs = 30_000;
  expect(here('room-1')).toEqual([false, false, false]);
});

import { expect, it } from 'vitest';
import { Places } from './places.ts';

it('gives three places to an account, and one back to whoever leaves', () => {
  const places = new Places(3);
  const leave = places.sit('a', { account: 'amy', room: 'room-1', session: 's1' });
  places.sit('b', { account: 'amy', room: 'room-1', session: 's2' });
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
  places.touch('c', viewer, 0, 30_000);
  // A playlist that the cache did not have brings the viewer here in between: that shortens nothing.
  places.touch('c', viewer, 1_000);
  expect([places.viewers('room-1', 39_999), places.viewers('room-1', 40_000)]).toEqual([1, 0]);
});

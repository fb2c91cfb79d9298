import { expect, it } from 'vitest';
import { Places } from './places.ts';

it('gives three places to an account, and one back to whoever leaves', () => {
  const places = new Places(3);
  const leave = places.sit('a', { account: 'amy', room: 'room-1', session: 's1' });
  places.sit('b', { account: 'amy', room: 'room-1', session: 's2' });
  places.touch('c', 'amy', 'room-2', 0);
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
  places.touch('c', 'amy', 'room-1', 0);
  expect(places.viewers('room-1', 9_999)).toBe(1);
  expect(places.hasRoomFor('amy', null, 9_999)).toBe(false);
  expect(places.hasRoomFor('amy', null, 10_000)).toBe(true);
  places.sweep(10_000);
  expect(places.viewers('room-1', 0)).toBe(0);
});

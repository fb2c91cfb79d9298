import type { FleetRoom } from '#provisioning/contract/console.ts';
import { expect, it } from 'vitest';
import { healthNow, matching, merged, ordered } from './fleet.svelte.ts';

const room = (name: string, urgency: number, startsAt?: string): FleetRoom =>
  ({ room: name, name, verdict: { urgency }, next: startsAt ? { startsAt } : null }) as unknown as FleetRoom;

it('puts what is urgent first, then what is soon', () => {
  const rooms = [room('c', 0), room('b', 0, '2026-11-21T10:00:00Z'), room('a', 90), room('d', 0, '2026-11-21T09:00:00Z')];
  expect(ordered(rooms).map(({ name }) => name)).toEqual(['a', 'd', 'b', 'c']);
});

it('replaces the one room that changed', () => {
  const before = [room('a', 0), room('b', 0)];
  expect(merged(before, { type: 'room', room: room('b', 50) }).map(({ name }) => name)).toEqual(['b', 'a']);
  expect(merged(before, { type: 'fleet', fleet: { at: '2026-11-21T09:00:00Z', rooms: [room('z', 0)] } })).toHaveLength(1);
});

it('takes the last words of a box that is gone for nothing that is so now', () => {
  const health = { state: { recording: { active: true, proven: true } } };
  const heard = (online: boolean): unknown => healthNow({ ...room('a', 0), box: { online }, health } as unknown as FleetRoom);
  expect([heard(true), heard(false), healthNow({ ...room('a', 0), box: null, health } as unknown as FleetRoom)]).toEqual([health, null, null]);
});

it('finds rooms by name, id and class', () => {
  const rooms = [
    { ...room('room-301', 0), name: 'Aula', next: null, current: { title: 'Physics', teacher: 'Ward' } },
    { ...room('lab-2', 0), name: 'Lab 2', current: null, next: null },
  ] as unknown as FleetRoom[];
  const found = (wanted: string): string[] => matching(rooms, wanted).map((one) => one.room);
  expect([found(''), found('aula ward'), found('LAB'), found('nothing')]).toEqual([['room-301', 'lab-2'], ['room-301'], ['lab-2'], []]);
});

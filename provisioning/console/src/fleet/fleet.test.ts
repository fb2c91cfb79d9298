import type { FleetRoom } from '#provisioning/contract/console.ts';
import { expect, it } from 'vitest';
import { merged, ordered } from './fleet.svelte.ts';

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

import { expect, it } from 'vitest';
import { coursesOf, mayReplay } from './may-replay.ts';
import type { Course, RoomAccess } from './model.ts';

const NINE = Date.UTC(2026, 8, 1, 9, 0);
const minutes = (count: number): number => NINE + count * 60_000;

function course(id: string, from: number | null, to: number | null): Course {
  const times = { startsAtMs: from === null ? null : minutes(from), endsAtMs: to === null ? null : minutes(to) };
  return { course: id, room: 'room-1', title: id, teacher: '', description: '', priceCents: 900, currency: 'EUR', buyUrl: 'https://shop.test/', ...times };
}

const maths = course('maths', 0, 60);
const physics = course('physics', 60, 120);
const standing = course('standing', null, null);

function access(courses: Course[], tickets: string[], alwaysOpen = false): RoomAccess {
  return { room: { room: 'room-1', name: 'Room 1', alwaysOpen }, courses, tickets: new Set(tickets) };
}

it.each([
  ['of the class that the ticket is for', access([maths, physics], ['maths']), [0, 60], 'allowed'],
  ['of it, running over into the next', access([maths, physics], ['maths']), [-5, 75], 'allowed'],
  ['of the next one, which was started early', access([maths, physics], ['maths']), [55, 120], 'physics'],
  ['of another class', access([maths, physics], ['physics']), [0, 60], 'maths'],
  ['of another class, with the ticket of a standing course', access([maths, standing], ['standing']), [0, 60], 'allowed'],
  ['of an earlier class that ran over into another', access([physics, course('weekly', 10_080, 10_140)], ['weekly']), [0, 65], 'allowed'],
  ['of a class that is sold as two courses', access([maths, course('maths for others', 0, 60)], ['maths for others']), [0, 60], 'allowed'],
  ['of no class, with any ticket of the room', access([maths, physics], ['maths']), [300, 320], 'allowed'],
  ['of no class, without a ticket', access([maths, standing], []), [300, 320], 'standing'],
  ['of the last class of all, without a ticket', access([maths], []), [300, 320], 'maths'],
  ['in a room that is always open, with any ticket', access([maths, physics], ['physics'], true), [0, 60], 'allowed'],
  ['of a class without an end', access([course('open', 0, null), physics], ['open']), [10, 50], 'allowed'],
  ['of a class, with a pass for the term', access([maths, course('term', -10_000, 10_000)], ['term']), [0, 60], 'allowed'],
  ['of a class within somebody else\'s term', access([physics, course('term', -10_000, 10_000)], ['physics']), [0, 60], 'allowed'],
  ['of a class that was sold by itself too, with the ticket of the weekly course of its name', access([maths, course('Light', 10_080, 10_140)], ['Light']), [0, 60], 'allowed'],
  ['in a room that sells nothing', access([], []), [0, 60], null],
] as const)('a recording %s', (_, given, [from, to], expected) => {
  const recorded = { title: 'Light', fromMs: minutes(from), toMs: minutes(to) };
  const verdict = mayReplay(given, recorded, coursesOf(given.courses, recorded), minutes(400));
  if (expected === null) expect(verdict).toEqual({ verdict: 'not-on-sale' });
  else if (expected === 'allowed') expect(verdict).toEqual({ verdict: 'allowed' });
  else expect(verdict).toMatchObject({ verdict: 'ticket-needed', offer: { course: expected } });
});

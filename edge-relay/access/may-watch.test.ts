import { describe, expect, it } from 'vitest';
import { mayWatch, openedAtMs } from './may-watch.ts';
import type { Course, RoomAccess } from './model.ts';

const NOW = Date.UTC(2026, 8, 1, 10, 0);
const minutes = (count: number): number => NOW + count * 60_000;

function course(id: string, from: number | null, to: number | null): Course {
  const times = { startsAtMs: from === null ? null : minutes(from), endsAtMs: to === null ? null : minutes(to) };
  return { course: id, room: 'room-1', title: id, teacher: '', description: '', priceCents: 900, currency: 'EUR', buyUrl: 'https://shop.test/', ...times };
}

function access(courses: Course[], tickets: string[], alwaysOpen = false): RoomAccess {
  return { room: { room: 'room-1', name: 'Room 1', alwaysOpen }, courses, tickets: new Set(tickets) };
}

const standing = course('standing', null, null);
const now = course('now', -10, 50);
const later = course('later', 180, 240);
const over = course('over', -180, -120);
const yesterday = course('yesterday', -1500, -1440);

describe('mayWatch', () => {
  it.each([
    ['a standing course with a ticket', access([standing], ['standing']), 'allowed'],
    ['a class that is on, with its ticket', access([now], ['now']), 'allowed'],
    ['a class that is on, without a ticket', access([now], []), 'ticket-needed'],
    ['a class that is on, with a ticket for a later one', access([now, later], ['later']), 'another-class'],
    ['an empty room, with a ticket for later', access([later], ['later']), 'allowed'],
    ['a ticket for a class that is over, another on', access([over, now], ['over']), 'ticket-needed'],
    ['a ticket for a class that is over, nobody else in the room', access([over], ['over']), 'allowed'],
    ['a ticket for a class of yesterday', access([yesterday], ['yesterday']), 'class-over'],
    ['running over by 20 minutes', access([course('long', -80, -20)], ['long']), 'allowed'],
    ['running over by 20 minutes into the next', access([course('long', -80, -20), now], ['long']), 'allowed'],
    ['running over by 40 minutes into the next', access([course('long', -100, -40), now], ['long']), 'ticket-needed'],
    ['an always open room after its class, with the ticket', access([over], ['over'], true), 'allowed'],
    ['an always open room without a ticket', access([standing], [], true), 'ticket-needed'],
    ['an always open room whose only class is over, without a ticket', access([over], [], true), 'ticket-needed'],
    ['a room that sells nothing', access([], []), 'not-on-sale'],
  ])('%s', (_, given, verdict) => {
    expect(mayWatch(given, NOW).verdict).toBe(verdict);
  });

  it.each([
    ['a class', access([now], []), now, minutes(-70)],
    ['a standing course', access([standing], []), standing, Number.NEGATIVE_INFINITY],
    ['a class in a room that is always open', access([now], [], true), now, Number.NEGATIVE_INFINITY],
  ])('knows since when %s has been open', (_, given, held, since) => {
    expect(openedAtMs(given, held)).toBe(since);
  });

  it('offers the class that is on before the next one and the standing one', () => {
    const verdict = mayWatch(access([standing, later, now], []), NOW);
    expect(verdict).toMatchObject({ verdict: 'ticket-needed', offer: { course: 'now' } });
  });
});

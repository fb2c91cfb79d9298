import type { Storefront } from '#edge-relay/contract/api.ts';
import { expect, it } from 'vitest';
import { inOrder } from './order.ts';

const course = (room: string, live: boolean, hasTicket: boolean, startsAt: string | null) =>
  ({ room, live, hasTicket, watchUrl: '', offer: { startsAt } }) as unknown as Storefront['courses'][number];

it('puts what can be watched now first, then what comes soonest', () => {
  const courses = [
    course('standing', false, true, null),
    course('later', false, true, '2026-11-21T12:00:00Z'),
    course('soon', false, false, '2026-11-21T10:00:00Z'),
    course('live', true, false, '2026-11-21T09:00:00Z'),
    course('mine', true, true, null),
  ];
  expect(inOrder(courses).map(({ room }) => room)).toEqual(['mine', 'live', 'soon', 'later', 'standing']);
});

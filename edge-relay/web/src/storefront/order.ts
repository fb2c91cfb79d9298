import type { Storefront } from '#edge-relay/contract/api.ts';

type Course = Storefront['courses'][number];

/** Live first, and of these one's own; then by time, what has no time last. */
export function inOrder(courses: readonly Course[]): Course[] {
  const rank = ({ live, hasTicket }: Course): number => (live ? (hasTicket ? 0 : 1) : 2);
  const startsAt = ({ offer }: Course): number => (offer.startsAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(offer.startsAt));
  return courses.toSorted((a, b) => rank(a) - rank(b) || startsAt(a) - startsAt(b));
}

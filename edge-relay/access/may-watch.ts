/** The rule of who may watch a room now. Pure: every clause is a line of its table test. */
import type { Course, RoomAccess } from './model.ts';

/** Students may come in an hour early (the page waits with them), and a class may run over by half an hour at the cost of the next. */
const EARLY_MS = 60 * 60_000;
const OVERRUN_MS = 30 * 60_000;
/** Nobody else's class is on: the door stays open this long after the end. A class that goes on and on loses no student. */
const LINGER_MS = 12 * 3_600_000;

export type WatchVerdict =
  | { readonly verdict: 'allowed'; readonly course: Course }
  | { readonly verdict: 'ticket-needed'; readonly offer: Course }
  | { readonly verdict: 'another-class'; readonly startsAtMs: number }
  | { readonly verdict: 'class-over' }
  | { readonly verdict: 'not-on-sale' };

export function mayWatch(access: RoomAccess, nowMs: number): WatchVerdict {
  const held = access.courses.filter((course) => access.tickets.has(course.course));
  const admitting = held.find((course) => access.room.alwaysOpen || isOpen(course, nowMs));
  if (admitting !== undefined) return { verdict: 'allowed', course: admitting };

  const occupied = access.courses.some((course) => isTimed(course) && isOpen(course, nowMs));
  const lingering = held.find((course) => nowMs <= (course.endsAtMs ?? 0) + LINGER_MS);
  const waiting = soonest(held.filter((course) => isAhead(course, nowMs)));
  const patient = waiting ?? lingering;
  if (patient !== undefined && !occupied) return { verdict: 'allowed', course: patient };
  // Holding a ticket for later lets you wait in an empty room, but not watch somebody else's class in it.
  if (waiting !== null) return { verdict: 'another-class', startsAtMs: waiting.startsAtMs ?? nowMs };

  const offer = offerOf(access, nowMs);
  if (offer !== null) return { verdict: 'ticket-needed', offer };
  return held.length > 0 ? { verdict: 'class-over' } : { verdict: 'not-on-sale' };
}

/** When a course began to let its ticket holders in. What went on in the room before was for others. */
export function openedAtMs({ room }: RoomAccess, { startsAtMs }: Course): number {
  return room.alwaysOpen || startsAtMs === null ? Number.NEGATIVE_INFINITY : startsAtMs - EARLY_MS;
}

/** What somebody without a ticket is offered: the class that is on, else the next one, else a standing course. */
export function offerOf(access: RoomAccess, nowMs: number): Course | null {
  const unsold = access.courses.filter((course) => !access.tickets.has(course.course));
  const on = unsold.find((course) => isTimed(course) && isOpen(course, nowMs));
  return on ?? soonest(unsold.filter((course) => isAhead(course, nowMs))) ?? unsold.find((course) => access.room.alwaysOpen || !isTimed(course)) ?? null;
}

function isTimed(course: Course): boolean {
  return course.startsAtMs !== null || course.endsAtMs !== null;
}

function isOpen(course: Course, nowMs: number): boolean {
  const begun = course.startsAtMs === null || nowMs >= course.startsAtMs - EARLY_MS;
  const over = course.endsAtMs !== null && nowMs > course.endsAtMs + OVERRUN_MS;
  return begun && !over;
}

function isAhead(course: Course, nowMs: number): boolean {
  return course.startsAtMs !== null && nowMs < course.startsAtMs;
}

function soonest(courses: readonly Course[]): Course | null {
  return courses.reduce<Course | null>((best, course) => (best === null || (course.startsAtMs ?? 0) < (best.startsAtMs ?? 0) ? course : best), null);
}

/** The rule of who may replay a recording: whoever had a ticket for the class that it is of. Pure: every clause is a line of its table test. */
import { offerOf } from './may-watch.ts';
import type { Course, RoomAccess } from './model.ts';

/** When a recording was made, epoch milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export type ReplayVerdict = { readonly verdict: 'allowed' } | { readonly verdict: 'ticket-needed'; readonly offer: Course } | { readonly verdict: 'not-on-sale' };

/**
 * A recording is of the class that takes up more than half of it: one that ran over is not the next one's. Where there is none, as of a rehearsal, or of
 * an earlier class of a course that campus tells the next class of, it is every ticket holder's of the room. A standing course is always on, so its ticket
 * opens all.
 */
export function mayReplay(access: RoomAccess, recorded: Span, nowMs: number): ReplayVerdict {
  const own = access.room.alwaysOpen ? [] : classesOf(access.courses, recorded);
  const admitting = own.length === 0 ? access.courses : [...own, ...access.courses.filter(isStanding)];
  if (admitting.some(({ course }) => access.tickets.has(course))) return { verdict: 'allowed' };
  const offer = own[0] ?? offerOf(access, nowMs) ?? access.courses[0];
  return offer === undefined ? { verdict: 'not-on-sale' } : { verdict: 'ticket-needed', offer };
}

/** Several where one class is sold as several courses. */
function classesOf(courses: readonly Course[], recorded: Span): Course[] {
  return courses.filter((course) => !isStanding(course) && sharedMs(course, recorded) > (recorded.toMs - recorded.fromMs) / 2);
}

function sharedMs({ startsAtMs, endsAtMs }: Course, { fromMs, toMs }: Span): number {
  return Math.min(toMs, endsAtMs ?? Infinity) - Math.max(fromMs, startsAtMs ?? -Infinity);
}

function isStanding({ startsAtMs, endsAtMs }: Course): boolean {
  return startsAtMs === null && endsAtMs === null;
}

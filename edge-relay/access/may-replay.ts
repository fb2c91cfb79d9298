/** The rule of who may replay a recording: whoever had a ticket for the class that it is of. Pure: every clause is a line of its table test. */
import { offerOf } from './may-watch.ts';
import type { Course, RoomAccess } from './model.ts';

export interface Recorded {
  /** Of the class, as its timetable had it. */
  readonly title: string;
  /** Epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

type ReplayVerdict = { readonly verdict: 'allowed' } | { readonly verdict: 'ticket-needed'; readonly offer: Course } | { readonly verdict: 'not-on-sale' };

/** Longer than any class: a pass for a term, say, which opens all that was held in it. */
const LONGEST_CLASS_MS = 12 * 3_600_000;

/**
 * The courses that a recording is of: those whose class takes up more than half of it, as one that ran over is not the next one's; several where a class is
 * sold as several courses. None of a rehearsal, nor of an earlier class of a course that campus tells the next class of by now.
 */
export function coursesOf(courses: readonly Course[], recorded: Recorded): readonly Course[] {
  return courses.filter((course) => isClass(course) && sharedMs(course, recorded) > (recorded.toMs - recorded.fromMs) / 2);
}

/** @param own what {@link coursesOf} says; where that is nothing, the recording is every ticket holder's of the room */
export function mayReplay(access: RoomAccess, recorded: Recorded, own: readonly Course[], nowMs: number): ReplayVerdict {
  const isEverybodys = access.room.alwaysOpen || own.length === 0;
  // A course of the same name was held then as well, and is shown at the time of its next class.
  const admits = (course: Course): boolean => isEverybodys || own.includes(course) || !isClass(course) || course.title === recorded.title;
  if (access.courses.some((course) => access.tickets.has(course.course) && admits(course))) return { verdict: 'allowed' };
  const offer = (isEverybodys ? undefined : own[0]) ?? offerOf(access, nowMs) ?? access.courses[0];
  return offer === undefined ? { verdict: 'not-on-sale' } : { verdict: 'ticket-needed', offer };
}

function sharedMs({ startsAtMs, endsAtMs }: Course, { fromMs, toMs }: Recorded): number {
  return Math.min(toMs, endsAtMs ?? Infinity) - Math.max(fromMs, startsAtMs ?? -Infinity);
}

function isClass({ startsAtMs, endsAtMs }: Course): boolean {
  return startsAtMs !== null && endsAtMs !== null && endsAtMs - startsAtMs <= LONGEST_CLASS_MS;
}

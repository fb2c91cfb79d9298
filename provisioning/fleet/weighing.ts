import type { Reason, TimetableClass } from '../contract/console.ts';
import { startOf } from './timetable.ts';

/** The classes that a trouble may harm. */
export interface ClassesNear {
  readonly nowMs: number;
  readonly current: TimetableClass | null;
  readonly next: TimetableClass | null;
}

const SOON_MS = 60 * 60_000;

/** The same trouble is more urgent the nearer the next class is. */
export function weighed(facts: ClassesNear, code: string, message: string, urgency: number): Reason {
  const { current, next, nowMs } = facts;
  if (current) return reason(code, `${message} A class is on the timetable now.`, Math.min(94, urgency + 40));
  if (!next || startOf(next) - nowMs > SOON_MS) return reason(code, message, urgency);
  const minutes = Math.max(1, Math.round((startOf(next) - nowMs) / 60_000));
  return reason(code, `${message} The next class starts in ${minutes} min.`, Math.min(84, urgency + 30));
}

export function reason(code: string, message: string, urgency: number): Reason {
  return { code, message, urgency };
}

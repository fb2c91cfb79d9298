import type { Lesson } from './lesson.ts';

/** One planned class; times in epoch milliseconds. */
export interface PlannedClass {
  readonly id: string;
  readonly title: string;
  readonly teacher: string;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

/**
 * The class that Start would begin or that comes next: one that is on now stays "next" until it was held, then the following one.
 * `heldId` is the entry that was last ended by hand.
 */
export function nextClass(timetable: readonly PlannedClass[], heldId: string | null, nowMs: number): PlannedClass | null {
  const coming = timetable.filter((entry) => entry.endsAtMs > nowMs && entry.id !== heldId);
  return coming.reduce<PlannedClass | null>(
    (soonest, entry) => (soonest === null || entry.startsAtMs < soonest.startsAtMs ? entry : soonest),
    null,
  );
}

/** Whether pressing Start now means this planned class: from its lead time to its end. */
export function startsNow(planned: PlannedClass | null, leadMs: number, nowMs: number): boolean {
  return planned !== null && nowMs >= planned.startsAtMs - leadMs && nowMs < planned.endsAtMs;
}

/** The microphone is opened from a class's lead time to its end, and while a class runs; never otherwise. */
export function soundWanted(lesson: Lesson, planned: PlannedClass | null, leadMs: number, nowMs: number): boolean {
  if (lesson.phase === 'ending') return false;
  return lesson.phase !== 'idle' || startsNow(planned, leadMs, nowMs);
}

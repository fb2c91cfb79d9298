import type { Lesson } from './lesson.ts';

/** One planned class; times in epoch milliseconds. */
export interface PlannedClass {
  readonly id: string;
  readonly title: string;
  readonly teacher: string;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

type IsHeld = (planned: PlannedClass) => boolean;

/** The class that Start would begin or that comes next: one that is on now stays "next" until it was held, then the following one. */
export function nextClass(timetable: readonly PlannedClass[], isHeld: IsHeld, nowMs: number): PlannedClass | null {
  return timetable.filter((entry) => entry.endsAtMs > nowMs && !isHeld(entry)).reduce<PlannedClass | null>(sooner, null);
}

/**
 * The planned class that pressing Start now means: from its lead time to its end. One that nobody began gives way in its last minutes
 * to the one that is about to begin: whoever stands in the room then is early, not late.
 */
export function classToStart(timetable: readonly PlannedClass[], isHeld: IsHeld, leadMs: number, nowMs: number): PlannedClass | null {
  const meant = timetable.filter((entry) => startsNow(entry, leadMs, nowMs) && !isHeld(entry));
  const lasting = meant.filter((entry) => entry.endsAtMs - nowMs > leadMs);
  return (lasting.length > 0 ? lasting : meant).reduce<PlannedClass | null>(sooner, null);
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

/**
 * The console's timetable and the calendar as one, soonest first: where they overlap, the console's entry holds. It was made for this
 * room by someone who looks at it.
 */
export function merged(console: readonly PlannedClass[], calendar: readonly PlannedClass[]): PlannedClass[] {
  const free = calendar.filter((one) => !console.some((other) => other.startsAtMs < one.endsAtMs && one.startsAtMs < other.endsAtMs));
  return [...console, ...free].toSorted((a, b) => a.startsAtMs - b.startsAtMs);
}

function sooner(soonest: PlannedClass | null, entry: PlannedClass): PlannedClass {
  return soonest === null || entry.startsAtMs < soonest.startsAtMs ? entry : soonest;
}

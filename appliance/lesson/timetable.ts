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
  return onceEach([...console, ...free].toSorted((a, b) => a.startsAtMs - b.startsAtMs));
}

/**
 * A course of two departments and a calendar that was imported anew fill the same time twice, and the room holds it once: at End the
 * other one would open the microphone, or begin by itself, and then be called missed.
 */
function onceEach(timetable: readonly PlannedClass[]): PlannedClass[] {
  const bySpan = new Map<string, PlannedClass>();
  for (const entry of timetable) {
    const span = `${entry.startsAtMs}-${entry.endsAtMs}`;
    if (!bySpan.has(span)) bySpan.set(span, entry);
  }
  return [...bySpan.values()];
}

/** Whoever tells the timetable may be so far ahead of this box's clock, ms. */
const CLOCKS_DIFFER_MS = 60_000;
const OVER_KEPT_MS = 24 * 3_600_000;

/** What is told of a timetable now, with what was known of it and is over. What was taken out of it before its end was cancelled. */
export function withOver(known: readonly PlannedClass[], told: readonly PlannedClass[], nowMs: number): PlannedClass[] {
  const ids = new Set(told.map(({ id }) => id));
  const over = known.filter(({ id, endsAtMs }) => !ids.has(id) && endsAtMs <= nowMs + CLOCKS_DIFFER_MS && nowMs - endsAtMs < OVER_KEPT_MS);
  return [...over, ...told];
}

function sooner(soonest: PlannedClass | null, entry: PlannedClass): PlannedClass {
  return soonest === null || entry.startsAtMs < soonest.startsAtMs ? entry : soonest;
}

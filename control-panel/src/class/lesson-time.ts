import type { NextClass, State } from '#appliance/contract/state.ts';

/** How a running class stands in time; milliseconds. Null where the class has no planned end. */
export interface LessonTime {
  readonly elapsedMs: number;
  readonly leftMs: number | null;
  readonly overMs: number;
  readonly endsAtMs: number | null;
}

export function lessonTime({ startedAt, endsAt }: State['lesson'], nowMs: number): LessonTime {
  const endsAtMs = endsAt === null ? null : Date.parse(endsAt);
  return {
    elapsedMs: startedAt === null ? 0 : Math.max(0, nowMs - Date.parse(startedAt)),
    leftMs: endsAtMs === null ? null : Math.max(0, endsAtMs - nowMs),
    overMs: endsAtMs === null ? 0 : Math.max(0, nowMs - endsAtMs),
    endsAtMs,
  };
}

/** Where the end moves: from the planned end, or from now where that has passed or there is none. */
export function extendedEnd(time: LessonTime, minutes: number, nowMs: number): number {
  return Math.max(time.endsAtMs ?? nowMs, nowMs) + minutes * 60_000;
}

const RESTS_AFTER_MS = 3 * 60_000;
const LEAD_MS = 10 * 60_000;

/** Nobody is here and nothing is about to begin: the screen may show a quiet clock instead of decoding a picture. */
export function mayRest(phase: State['lesson']['phase'], upcoming: NextClass | null, touchedAtMs: number, nowMs: number): boolean {
  if (phase !== 'idle' || nowMs - touchedAtMs < RESTS_AFTER_MS) return false;
  if (upcoming === null) return true;
  return Date.parse(upcoming.startsAt) - nowMs > LEAD_MS || Date.parse(upcoming.endsAt) < nowMs;
}

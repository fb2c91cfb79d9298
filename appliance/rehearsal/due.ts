import type { PlannedClass } from '../lesson/timetable.ts';

/** The last rehearsal for a planned class. */
export interface Rehearsed {
  readonly planned: PlannedClass | null;
  readonly atMs: number;
  readonly atRisk: boolean;
  /** Microphones were closed then: whether they work is not known yet. */
  readonly unheard: boolean;
}

/** What was wrong is looked at again, so that a cable put in clears it by itself. */
const AGAIN_MS = 60_000;
/** And once more when the teacher is on the way. */
const LAST_LOOK_MS = 3 * 60_000;

/**
 * The class to rehearse now, or null (pure). `next` is the coming class, `aheadMs` how long before it the first rehearsal is. One that found
 * the microphones closed is repeated as soon as they are open: both are often due at the same instant, and either may come first.
 */
export function dueRehearsal(next: PlannedClass | null, last: Rehearsed | null, aheadMs: number, soundCaptured: boolean, nowMs: number): PlannedClass | null {
  if (next === null || aheadMs === 0 || nowMs < next.startsAtMs - aheadMs || nowMs >= next.endsAtMs) return null;
  const rehearsed = last?.planned?.id === next.id && last.planned.startsAtMs === next.startsAtMs;
  if (last === null || !rehearsed || (last.unheard && soundCaptured)) return next;
  if (last.atRisk) return nowMs - last.atMs >= AGAIN_MS ? next : null;
  const lastLookMs = next.startsAtMs - LAST_LOOK_MS;
  return last.atMs < lastLookMs && nowMs >= lastLookMs ? next : null;
}

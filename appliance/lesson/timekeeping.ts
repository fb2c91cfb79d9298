import type { Lesson, LessonFacts } from './lesson.ts';
import { classToStart, type PlannedClass } from './timetable.ts';

/** How the room keeps time; all spans in ms. */
export interface LessonPolicy {
  /** Whether a planned class begins by itself or waits for a touch. */
  readonly startBy: 'touch' | 'timetable';
  /** Start means the coming class from this long before it; the microphone opens then. */
  readonly leadMs: number;
  /** A class goes on this long past its planned end, unless it was extended: then it ends when it was extended to. */
  readonly graceMs: number;
  /** The teacher is told this long before the box ends the class. */
  readonly warnMs: number;
  /** A class that meets the next one: it ends first, or it runs to its end and the next begins late. */
  readonly overlap: 'end-first' | 'let-run';
}

/** One that nobody planned and nobody ends: a room must not be on air all night. */
const UNPLANNED_MS = 4 * 3_600_000;
/** A planned class is not begun by itself for its last minute. */
const WORTH_STARTING_MS = 60_000;
/** A class that was over for longer is no news any more. */
const MISSED_NEWS_MS = 24 * 3_600_000;

export interface Ending {
  readonly atMs: number;
  readonly reason: 'time-over' | 'next-class';
}

/** When the box ends a class by itself (pure). */
export function endingOf(facts: LessonFacts, timetable: readonly PlannedClass[], policy: LessonPolicy): Ending {
  const { endsAtMs, extended } = facts;
  const overMs = endsAtMs === null ? facts.startedAtMs + UNPLANNED_MS : endsAtMs + (extended ? 0 : policy.graceMs);
  const over: Ending = { atMs: overMs, reason: 'time-over' };
  if (policy.overlap === 'let-run' || extended) return over;
  // Nobody planned this one: only a class that begins by itself may take the room from whoever is in it.
  if (endsAtMs === null && policy.startBy === 'touch') return over;
  const following = followingClass(facts, timetable);
  return following !== null && following.startsAtMs < overMs ? { atMs: following.startsAtMs, reason: 'next-class' } : over;
}

/** The next planned class that begins after this one began. */
function followingClass({ startedAtMs, timetableId }: LessonFacts, timetable: readonly PlannedClass[]): PlannedClass | null {
  const own = timetable.find(({ id }) => id === timetableId);
  const afterMs = Math.max(startedAtMs, own?.startsAtMs ?? startedAtMs);
  return timetable.filter(({ id, startsAtMs }) => id !== timetableId && startsAtMs > afterMs).toSorted((a, b) => a.startsAtMs - b.startsAtMs)[0] ?? null;
}

export interface Moment {
  readonly lesson: Lesson;
  readonly timetable: readonly PlannedClass[];
  /** Whether a planned class was held, or told as missed, already. */
  readonly isSettled: (planned: PlannedClass) => boolean;
  /** Since when this room has had a timetable: what was before it nobody missed. */
  readonly knownSinceMs: number;
  /** The clock was set, and it is not known yet which time is right: nothing is begun and nothing called missed. */
  readonly clockInDoubt: boolean;
  readonly nowMs: number;
}

export interface Due {
  readonly stop: Ending | null;
  readonly start: PlannedClass | null;
  readonly missed: readonly PlannedClass[];
}

/** What the timetable asks for now (pure). */
export function dueNow(moment: Moment, policy: LessonPolicy): Due {
  const { lesson, timetable, nowMs, clockInDoubt } = moment;
  const running = lesson.phase === 'preparing' || lesson.phase === 'live' || lesson.phase === 'paused';
  const ending = running ? endingOf(lesson.facts, timetable, policy) : null;
  return {
    stop: ending !== null && ending.atMs <= nowMs ? ending : null,
    start: lesson.phase === 'idle' && !clockInDoubt && policy.startBy === 'timetable' ? beginning(moment) : null,
    missed: clockInDoubt ? [] : missedClasses(moment),
  };
}

function beginning({ timetable, isSettled, nowMs }: Moment): PlannedClass | null {
  const planned = classToStart(timetable, isSettled, 0, nowMs);
  return planned !== null && planned.endsAtMs - nowMs > WORTH_STARTING_MS ? planned : null;
}

function missedClasses({ lesson, timetable, isSettled, knownSinceMs, nowMs }: Moment): PlannedClass[] {
  const runningId = lesson.phase === 'idle' ? null : lesson.facts.timetableId;
  return timetable.filter(
    (planned) =>
      planned.endsAtMs <= nowMs && nowMs - planned.endsAtMs < MISSED_NEWS_MS && planned.startsAtMs >= knownSinceMs && planned.id !== runningId && !isSettled(planned),
  );
}

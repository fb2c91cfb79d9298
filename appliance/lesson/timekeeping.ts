import type { Lesson, LessonFacts } from './lesson.ts';
import { classToStart, startsNow, type PlannedClass } from './timetable.ts';

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
/** That a class was missed is news for so long after its end: over the evening, the night and the morning after. */
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

/** The next planned class that begins after this one did, or should have: one that is begun early is not over where it was planned to begin. */
function followingClass(facts: LessonFacts, timetable: readonly PlannedClass[]): PlannedClass | null {
  const own = ownEntry(facts, timetable);
  const afterMs = Math.max(facts.startedAtMs, facts.planned?.startsAtMs ?? own?.startsAtMs ?? facts.startedAtMs);
  return timetable.filter((entry) => entry !== own && entry.startsAtMs > afterMs).toSorted((a, b) => a.startsAtMs - b.startsAtMs)[0] ?? null;
}

/**
 * The running class's entry as the timetable has it now (pure). Its id may be another one than at Start: a calendar's is made of its UID
 * and its time, and one that somebody enters in the console takes its place. Then it is the entry of the same title in that time, or
 * whatever fills most of that time. Null where nobody planned it, and once it is in no timetable any more.
 */
export function ownEntry(facts: LessonFacts, timetable: readonly PlannedClass[]): PlannedClass | null {
  const { timetableId, title, planned } = facts;
  const same = timetable.find(({ id }) => id === timetableId);
  if (same !== undefined || timetableId === null || planned === undefined) return same ?? null;
  const meeting = timetable
    .filter((entry) => sharedMs(entry, planned) > 0)
    // Of two that share as much the later: taking the earlier would let the other one end the class.
    .toSorted((a, b) => sharedMs(b, planned) - sharedMs(a, planned) || b.startsAtMs - a.startsAtMs);
  const filling = meeting.find((entry) => fillsMost(entry, planned));
  return meeting.find((entry) => entry.title === title) ?? filling ?? null;
}

/**
 * The entry that a running class holds without having begun with it (pure): its own, moved or made anew. It must neither begin once more
 * after End nor be called missed. One that was moved behind this class is held then. A class that nobody planned, such as one that is begun
 * before the lead time, holds what it has filled most of.
 */
export function alsoHeld(facts: LessonFacts, timetable: readonly PlannedClass[], leadMs: number, nowMs: number): PlannedClass | null {
  if (facts.timetableId === null) {
    const run: Span = { startsAtMs: facts.startedAtMs, endsAtMs: nowMs };
    return timetable.findLast((entry) => fillsMost(run, entry)) ?? null;
  }
  const own = ownEntry(facts, timetable);
  if (own === null || facts.planned === undefined) return null;
  return sharedMs(own, facts.planned) > 0 && startsNow(own, leadMs, nowMs) ? own : null;
}

type Span = Pick<PlannedClass, 'startsAtMs' | 'endsAtMs'>;

const sharedMs = (a: Span, b: Span): number => Math.max(0, Math.min(a.endsAtMs, b.endsAtMs) - Math.max(a.startsAtMs, b.startsAtMs));

const fillsMost = (one: Span, other: Span): boolean => sharedMs(one, other) > (other.endsAtMs - other.startsAtMs) / 2;

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

/** Whether a class is over, and so lately that it has to be told if nobody held it (pure). */
export function isLatelyOver({ endsAtMs }: PlannedClass, nowMs: number): boolean {
  return endsAtMs <= nowMs && nowMs - endsAtMs < MISSED_NEWS_MS;
}

function missedClasses({ lesson, timetable, isSettled, knownSinceMs, nowMs }: Moment): PlannedClass[] {
  const runningId = lesson.phase === 'idle' ? null : lesson.facts.timetableId;
  return timetable.filter((planned) => isLatelyOver(planned, nowMs) && planned.startsAtMs >= knownSinceMs && planned.id !== runningId && !isSettled(planned));
}

import type { ScheduledClass, ScheduleState } from '../contract/schedule.ts';
import { isLatelyOver } from '../lesson/timekeeping.ts';
import type { PlannedClass } from '../lesson/timetable.ts';

export interface ScheduleFacts {
  readonly nowMs: number;
  /** The room's own day, from midnight to midnight. */
  readonly day: { readonly fromMs: number; readonly toMs: number };
  readonly source: ScheduleState['source'];
  readonly fetchedAtMs: number | null;
  readonly problem: string;
  /** Soonest first. */
  readonly timetable: readonly PlannedClass[];
  readonly stateOf: (planned: PlannedClass) => ScheduledClass['state'];
  readonly next: PlannedClass | null;
  readonly startBy: ScheduleState['startBy'];
  readonly ending: { readonly atMs: number; readonly reason: 'time-over' | 'next-class'; readonly warn: boolean } | null;
}

/** The timetable as pages see it (pure). */
export function scheduleView(facts: ScheduleFacts): ScheduleState {
  const { nowMs, day, next, ending } = facts;
  const shown = (planned: PlannedClass): ScheduledClass => scheduled(planned, facts.stateOf(planned));
  return {
    source: facts.source,
    fetchedAt: facts.fetchedAtMs === null ? null : instant(facts.fetchedAtMs),
    problem: facts.problem,
    today: facts.timetable.filter(({ startsAtMs, endsAtMs }) => endsAtMs > day.fromMs && startsAtMs < day.toMs).map(shown),
    missed: facts.timetable.filter((planned) => isLatelyOver(planned, nowMs)).map(shown).filter(({ state }) => state === 'missed'),
    nextStartsInSeconds: next === null ? null : Math.max(0, Math.round((next.startsAtMs - nowMs) / 1000)),
    startBy: facts.startBy,
    ending: ending === null ? null : { at: instant(ending.atMs), reason: ending.reason, warn: ending.warn },
  };
}

function scheduled({ id, title, teacher, startsAtMs, endsAtMs }: PlannedClass, state: ScheduledClass['state']): ScheduledClass {
  return { id, title, teacher, startsAt: instant(startsAtMs), endsAt: instant(endsAtMs), state };
}

const instant = (ms: number): string => new Date(ms).toISOString();

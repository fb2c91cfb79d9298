import type { ScheduledClass, ScheduleState } from '../contract/schedule.ts';
import type { PlannedClass } from '../lesson/timetable.ts';

export interface ScheduleFacts {
  readonly nowMs: number;
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

/** The timetable as pages see it (pure). Today is the box's own day, from midnight to midnight of its time zone. */
export function scheduleView(facts: ScheduleFacts): ScheduleState {
  const { nowMs, next, ending } = facts;
  return {
    source: facts.source,
    fetchedAt: facts.fetchedAtMs === null ? null : instant(facts.fetchedAtMs),
    problem: facts.problem,
    today: todayOf(facts.timetable, nowMs).map((planned) => scheduled(planned, facts.stateOf(planned))),
    nextStartsInSeconds: next === null ? null : Math.max(0, Math.round((next.startsAtMs - nowMs) / 1000)),
    startBy: facts.startBy,
    ending: ending === null ? null : { at: instant(ending.atMs), reason: ending.reason, warn: ending.warn },
  };
}

function todayOf(timetable: readonly PlannedClass[], nowMs: number): PlannedClass[] {
  const midnight = new Date(nowMs).setHours(0, 0, 0, 0);
  // A day is 23 to 25 hours long where clocks change: the next midnight is asked for, not added.
  const end = new Date(midnight);
  end.setDate(end.getDate() + 1);
  return timetable.filter((planned) => planned.endsAtMs > midnight && planned.startsAtMs < end.getTime());
}

function scheduled({ id, title, teacher, startsAtMs, endsAtMs }: PlannedClass, state: ScheduledClass['state']): ScheduledClass {
  return { id, title, teacher, startsAt: instant(startsAtMs), endsAt: instant(endsAtMs), state };
}

const instant = (ms: number): string => new Date(ms).toISOString();

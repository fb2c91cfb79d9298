import { CodedError } from '#kit/process/errors.ts';
import type { TimetableClass } from '../contract/console.ts';

/** The classes soonest first. @throws CodedError 400 `bad_timetable` that names the class which can't be held as given */
export function orderedTimetable(classes: readonly TimetableClass[]): TimetableClass[] {
  const ordered = classes.toSorted((a, b) => startOf(a) - startOf(b));
  const ids = new Set<string>();
  let previous: TimetableClass | undefined;
  for (const one of ordered) {
    // The other way round a leap second (23:59:60), which is no number to Date.parse, would come through.
    if (!(endOf(one) > startOf(one))) throw badTimetable(`“${one.title}” (${one.id}) ends before it starts.`);
    if (previous && endOf(previous) > startOf(one)) throw badTimetable(`“${one.title}” (${one.id}) starts before “${previous.title}” (${previous.id}) ends.`);
    if (ids.has(one.id)) throw badTimetable(`Two classes have the id ${one.id}.`);
    ids.add(one.id);
    previous = one;
  }
  return ordered;
}

export function currentClass<T extends TimetableClass>(timetable: readonly T[], nowMs: number): T | null {
  return timetable.find((one) => startOf(one) <= nowMs && nowMs < endOf(one)) ?? null;
}

export function nextClass<T extends TimetableClass>(timetable: readonly T[], nowMs: number): T | null {
  return timetable.find((one) => startOf(one) > nowMs) ?? null;
}

/** What is running or begins within `aheadMs`. */
export function upcoming(timetable: readonly TimetableClass[], nowMs: number, aheadMs: number): TimetableClass[] {
  return timetable.filter((one) => endOf(one) > nowMs && startOf(one) < nowMs + aheadMs);
}

export const startOf = (one: TimetableClass): number => Date.parse(one.startsAt);
export const endOf = (one: TimetableClass): number => Date.parse(one.endsAt);

function badTimetable(message: string): CodedError {
  return new CodedError('bad_timetable', `${message} Correct it and send the whole timetable again.`);
}

import type { TimetableClass } from '#provisioning/contract/console.ts';

/** A class as a person types it, in the time zone of the browser. */
export interface ClassDraft {
  readonly id: string | null;
  readonly title: string;
  readonly teacher: string;
  /** `2026-11-02`, `09:00`, as date and time fields give them. */
  readonly date: string;
  readonly from: string;
  readonly to: string;
  /** The last day that a weekly class may be on; empty for a single one. */
  readonly until: string;
}

export type Problem = { readonly code: 'ends-before-start' | 'too-many' } | { readonly code: 'overlaps'; readonly title: string };

const MOST_CLASSES = 2_000;
const two = (value: number): string => String(value).padStart(2, '0');
const dateOf = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
const timeOf = (at: Date): string => `${two(at.getHours())}:${two(at.getMinutes())}`;

/** An empty one for the next full hour. */
export function newDraft(nowMs: number): ClassDraft {
  const from = new Date(nowMs);
  from.setHours(from.getHours() + 1, 0, 0, 0);
  const to = new Date(from.getTime() + 45 * 60_000);
  return { id: null, title: '', teacher: '', date: dateOf(from), from: timeOf(from), to: timeOf(to), until: '' };
}

export function draftOf({ id, title, teacher, startsAt, endsAt }: TimetableClass): ClassDraft {
  const [from, to] = [new Date(startsAt), new Date(endsAt)];
  return { id, title, teacher, date: dateOf(from), from: timeOf(from), to: timeOf(to), until: '' };
}

/** The timetable with this class in it, or why it can't be. `newId` names the classes that are added. */
export function withDraft(timetable: readonly TimetableClass[], draft: ClassDraft, newId: (index: number) => string): TimetableClass[] | Problem {
  const old = timetable.find(({ id }) => id === draft.id);
  const others = timetable.filter(({ id }) => id !== draft.id);
  const added = datesOf(draft).map((date, index): TimetableClass => ({
    ...(old?.course ? { course: old.course } : {}),
    id: index === 0 && draft.id !== null ? draft.id : newId(index),
    title: draft.title.trim(), teacher: draft.teacher.trim(),
    startsAt: instantOf(date, draft.from), endsAt: instantOf(date, draft.to),
  }));
  if (added.some(({ startsAt, endsAt }) => !(startsAt < endsAt))) return { code: 'ends-before-start' };
  if (others.length + added.length > MOST_CLASSES) return { code: 'too-many' };
  const taken = added.flatMap((one) => others.filter((other) => Date.parse(other.startsAt) < Date.parse(one.endsAt) && Date.parse(one.startsAt) < Date.parse(other.endsAt)))[0];
  return taken ? { code: 'overlaps', title: taken.title } : [...others, ...added];
}

export function without(timetable: readonly TimetableClass[], id: string): TimetableClass[] {
  return timetable.filter((one) => one.id !== id);
}

/** The same weekday up to `until`, by the calendar: the hour on the wall stays when the clocks change. */
function datesOf({ date, until }: ClassDraft): string[] {
  const dates: string[] = [];
  for (const day = new Date(`${date}T12:00`); dates.length <= MOST_CLASSES; day.setDate(day.getDate() + 7)) {
    if (dates.length > 0 && (until === '' || dateOf(day) > until)) break;
    dates.push(dateOf(day));
  }
  return dates;
}

const instantOf = (date: string, time: string): string => new Date(`${date}T${time}`).toISOString();

import type { Lesson } from '../lesson/lesson.ts';

/**
 * The class that a screen may be shared in: the one that runs, else the one whose lead time it is (`near`). A planned class has one id from
 * its lead time to its end. Null outside, and once a class ends.
 */
export function occasionOf(lesson: Lesson, near: boolean, next: { readonly id: string } | null): string | null {
  if (lesson.phase === 'ending') return null;
  if (lesson.phase !== 'idle') return lesson.facts.timetableId ?? lesson.facts.id;
  return near ? (next?.id ?? null) : null;
}

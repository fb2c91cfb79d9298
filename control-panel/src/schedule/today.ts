import type { ScheduledClass } from '#appliance/contract/schedule.ts';

/** The part of a day's list worth the space: from the last class that is over to what comes, as many as fit. */
export function shownToday(today: readonly ScheduledClass[], count: number): readonly ScheduledClass[] {
  const firstOpen = today.findIndex(({ state }) => state === 'running' || state === 'coming');
  const from = firstOpen === -1 ? today.length - count : Math.min(firstOpen - 1, today.length - count);
  return today.slice(Math.max(0, from), Math.max(0, from) + count);
}

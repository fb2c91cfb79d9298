/** A date and time as a wall shows it, in no particular zone. `month` from 1. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Epoch milliseconds of a wall time in some zone. */
export type ZoneRule = (wall: WallTime) => number;

const DAY_MS = 86_400_000;

/** Null where this machine knows no such zone (IANA time zone database). */
export function ianaZone(name: string): ZoneRule | null {
  const offsetAt = offsetsOf(name);
  return offsetAt === null ? null : (wall) => epochOf(naiveMs(wall), offsetAt);
}

/** From midnight to midnight of a zone's day, epoch ms; by UTC where this machine knows no such zone. It is 23 to 25 hours long where clocks change. */
export function zoneDay(name: string): (nowMs: number) => { readonly fromMs: number; readonly toMs: number } {
  const offsetAt = offsetsOf(name) ?? ((): number => 0);
  return (nowMs) => {
    const midnight = Math.floor((nowMs + offsetAt(nowMs)) / DAY_MS) * DAY_MS;
    return { fromMs: epochOf(midnight, offsetAt), toMs: epochOf(midnight + DAY_MS, offsetAt) };
  };
}

export const utcZone: ZoneRule = (wall) => naiveMs(wall);

/**
 * RFC 5545, 3.3.5: a time that occurs twice (clocks set back) is the first of the two; one that never occurs (clocks set forward) is
 * read with the offset from before the gap.
 */
function epochOf(naive: number, offsetAt: (epochMs: number) => number): number {
  const before = offsetAt(naive - DAY_MS);
  if (offsetAt(naive - before) === before) return naive - before;
  const after = offsetAt(naive + DAY_MS);
  return offsetAt(naive - after) === after ? naive - after : naive - before;
}

/** As if the wall were in UTC. */
export function naiveMs({ year, month, day, hour, minute, second }: WallTime): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** What to add to UTC at an instant, ms; zones whose names the platform does not know give null. */
function offsetsOf(name: string): ((epochMs: number) => number) | null {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', era: 'short',
    });
    return (epochMs) => naiveMs(wallOf(format.formatToParts(epochMs))) - Math.floor(epochMs / 1000) * 1000;
  } catch (thrown) {
    if (thrown instanceof RangeError) return null;
    throw thrown;
  }
}

function wallOf(parts: readonly Intl.DateTimeFormatPart[]): WallTime {
  const read = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return { year: read('year'), month: read('month'), day: read('day'), hour: read('hour'), minute: read('minute'), second: read('second') };
}

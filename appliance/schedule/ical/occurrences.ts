import ICAL from 'ical.js';
import { naiveMs } from './zoned-time.ts';
import { wallOf, type Zones } from './zones.ts';

/** A changed instance of a series: the instant it was first planned for, and whether those after it change as well. */
export interface Override {
  readonly event: ICAL.Component;
  readonly recurrenceMs: number;
  readonly andFuture: boolean;
}

export interface Occurrence {
  readonly event: ICAL.Component;
  readonly recurrenceMs: number;
  readonly startMs: number;
  readonly endMs: number;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Instances looked at from a series' beginning: a daily class for half a century. */
const MAX_STEPS = 20_000;
const DAY_MS = 86_400_000;
/** Rules that repeat more often than daily are no timetable, and may have millions of instances. */
const FREQUENCIES: readonly unknown[] = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];

/**
 * What of an event and its changed instances touches the span. An instance that was moved into the span counts, one moved out does not.
 * Of several changes of one instance, given oldest first, the newest counts.
 */
export function occurrencesOf(master: ICAL.Component | null, overrides: readonly Override[], zones: Zones, span: Span): Occurrence[] {
  const single = newest(overrides);
  const found = [...single.values()].flatMap(({ event, recurrenceMs }) => timed(event, recurrenceMs, zones));
  const regular = master === null ? [] : instancesOf(master, zones, span).filter(({ recurrenceMs }) => !single.has(recurrenceMs));
  const shifts = [...newest(overrides.filter(({ andFuture }) => andFuture)).values()].toSorted((a, b) => b.recurrenceMs - a.recurrenceMs);
  return [...found, ...regular.map((one) => shifted(one, shifts, zones))].filter(({ startMs, endMs }) => endMs > span.fromMs && startMs < span.toMs);
}

/** An older word on an instance is void (RFC 5545, 3.8.7.4): a class that was moved and then cancelled is cancelled. */
const newest = (overrides: readonly Override[]): Map<number, Override> => new Map(overrides.map((override) => [override.recurrenceMs, override]));

/** RANGE=THISANDFUTURE (RFC 5545, 3.2.13): later instances move by as much as this one did, and take its length and words. */
function shifted(one: Occurrence, shifts: readonly Override[], zones: Zones): Occurrence {
  const override = shifts.find(({ recurrenceMs }) => recurrenceMs <= one.recurrenceMs);
  const [moved] = override === undefined ? [] : timed(override.event, override.recurrenceMs, zones);
  if (override === undefined || moved === undefined) return one;
  const startMs = one.startMs + moved.startMs - override.recurrenceMs;
  return { event: override.event, recurrenceMs: one.recurrenceMs, startMs, endMs: startMs + moved.endMs - moved.startMs };
}

function timed(event: ICAL.Component, recurrenceMs: number, zones: Zones): Occurrence[] {
  const startMs = timeOf(event, 'dtstart', zones);
  if (startMs === null) return [];
  return [{ event, recurrenceMs, startMs, endMs: startMs + lengthMs(event, startMs, zones) }];
}

function instancesOf(event: ICAL.Component, zones: Zones, span: Span): Occurrence[] {
  const start = timeOf(event, 'dtstart', zones);
  if (start === null) return [];
  const length = lengthMs(event, start, zones);
  // The first instance is one whatever the rules say (RFC 5545, 3.8.5.3).
  const starts = new Map<number, number>([[start, start + length]]);
  for (const rule of event.getAllProperties('rrule')) for (const ms of ruleStarts(rule, event, zones, { ...span, fromMs: span.fromMs - length })) starts.set(ms, ms + length);
  for (const [ms, endMs] of extraDates(event, zones)) starts.set(ms, endMs ?? ms + length);
  const excluded = exclusionsOf(event, zones);
  return [...starts].filter(([ms]) => !excluded(ms)).map(([startMs, endMs]) => ({ event, recurrenceMs: startMs, startMs, endMs }));
}

function ruleStarts(property: ICAL.Property, event: ICAL.Component, zones: Zones, span: Span): number[] {
  const rule: unknown = property.getFirstValue();
  const dtstart = event.getFirstProperty('dtstart');
  const first: unknown = dtstart?.getFirstValue();
  if (!(rule instanceof ICAL.Recur) || !(first instanceof ICAL.Time) || !FREQUENCIES.includes(rule.freq)) return [];
  const tzid = dtstart?.getParameter('tzid');
  const untilMs = endOfRule(rule, tzid, zones);
  // The library compares UNTIL, which is in UTC, with local times: an hour of offset would cost the last class. It is compared here instead.
  const stop = new Date(span.toMs + 2 * DAY_MS);
  rule.until = ICAL.Time.fromData({ year: stop.getUTCFullYear(), month: stop.getUTCMonth() + 1, day: stop.getUTCDate(), isDate: false });
  const iterator = rule.iterator(first);
  const starts: number[] = [];
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const local = iterator.next();
    // Most of a long series is over: only what is near the span deserves its zone.
    if (local && naiveMs(wallOf(local)) < span.fromMs - 2 * DAY_MS) continue;
    const ms = local ? zones.instantOf(local, tzid) ?? Number.POSITIVE_INFINITY : Number.POSITIVE_INFINITY;
    if (ms > Math.min(untilMs, span.toMs)) break;
    starts.push(ms);
  }
  return starts;
}

/** UNTIL is inclusive (RFC 5545, 3.3.10); as a DATE it means that whole day. */
function endOfRule(rule: ICAL.Recur, tzid: unknown, zones: Zones): number {
  const until: unknown = rule.until;
  if (!(until instanceof ICAL.Time)) return Number.POSITIVE_INFINITY;
  if (!until.isDate) return zones.instantOf(until, tzid) ?? Number.POSITIVE_INFINITY;
  const { year, month, day } = until;
  return zones.instantOf(ICAL.Time.fromData({ year, month, day, hour: 23, minute: 59, second: 59, isDate: false }), tzid) ?? Number.POSITIVE_INFINITY;
}

/** RDATE: instants, or periods with an end of their own. */
function extraDates(event: ICAL.Component, zones: Zones): [startMs: number, endMs: number | null][] {
  return event.getAllProperties('rdate').flatMap((property) => {
    const tzid = property.getParameter('tzid');
    return (property.getValues() as unknown[]).flatMap((value): [number, number | null][] => {
      const period = value instanceof ICAL.Period ? value : null;
      const startMs = zones.instantOf(period?.start ?? value, tzid);
      return startMs === null ? [] : [[startMs, period === null ? null : zones.instantOf(period.getEnd(), tzid)]];
    });
  });
}

/** EXDATE by instant; one that is a DATE takes out the whole day, as many calendars mean it. */
function exclusionsOf(event: ICAL.Component, zones: Zones): (startMs: number) => boolean {
  const instants = new Set<number>();
  const days: [fromMs: number, toMs: number][] = [];
  const tzid = event.getFirstProperty('dtstart')?.getParameter('tzid');
  for (const property of event.getAllProperties('exdate')) {
    for (const value of property.getValues() as unknown[]) {
      if (!(value instanceof ICAL.Time)) continue;
      const instant = zones.instantOf(value, property.getParameter('tzid') ?? tzid);
      if (instant !== null) instants.add(instant);
      else days.push(dayOf(value, tzid, zones));
    }
  }
  return (startMs) => instants.has(startMs) || days.some(([fromMs, toMs]) => startMs >= fromMs && startMs <= toMs);
}

function dayOf({ year, month, day }: ICAL.Time, tzid: unknown, zones: Zones): [number, number] {
  const at = (hour: number, minute: number, second: number): number =>
    zones.instantOf(ICAL.Time.fromData({ year, month, day, hour, minute, second, isDate: false }), tzid) ?? Number.NaN;
  return [at(0, 0, 0), at(23, 59, 59)];
}

function timeOf(event: ICAL.Component, name: string, zones: Zones): number | null {
  const property = event.getFirstProperty(name);
  return property === null ? null : zones.instantOf(property.getFirstValue(), property.getParameter('tzid'));
}

/** DTEND or DURATION; an event with neither has no length and is no class (RFC 5545, 3.6.1). */
function lengthMs(event: ICAL.Component, startMs: number, zones: Zones): number {
  const endMs = timeOf(event, 'dtend', zones);
  if (endMs !== null) return endMs - startMs;
  const duration: unknown = event.getFirstPropertyValue('duration');
  return duration instanceof ICAL.Duration ? duration.toSeconds() * 1000 : 0;
}

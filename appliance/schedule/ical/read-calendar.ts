import { createHash } from 'node:crypto';
import ICAL from 'ical.js';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { PlannedClass } from '../../lesson/timetable.ts';
import { occurrencesOf, type Override } from './occurrences.ts';
import { zonesOf, type Zones } from './zones.ts';

export interface ReadOptions {
  readonly fromMs: number;
  readonly toMs: number;
  /** For times that name no zone: IANA name of the room's own. */
  readonly roomZone: string;
  /** Only events whose LOCATION has this in it; all where empty. */
  readonly location: string;
}

export interface CalendarReading {
  /** Soonest first. */
  readonly classes: readonly PlannedClass[];
  /** Events that could not be understood and were left out. */
  readonly skipped: number;
}

const MAX_EVENTS = 5_000;
const MAX_CLASSES = 2_000;
/** Whatever is longer is no class: a holiday, a reservation of the whole week. */
const MAX_CLASS_MS = 12 * 3_600_000;

/**
 * The classes of a calendar (RFC 5545) that touch a span of time. All-day and cancelled events are no classes.
 * May take very long for hostile input: run it where it can be ended (`calendar-reader.ts`).
 * @throws CodedError `bad_calendar` or `calendar_too_large`
 */
export function readCalendar(text: string, options: ReadOptions): CalendarReading {
  const calendars = parse(text);
  const events = calendars.flatMap((calendar) => {
    const zones = zonesOf(calendar, options.roomZone);
    return calendar.getAllSubcomponents('vevent').map((event) => ({ event, zones }));
  });
  if (events.length > MAX_EVENTS) throw tooLarge(`${events.length} events`);
  const classes = new Map<string, PlannedClass>();
  let skipped = 0;
  for (const series of seriesOf(events)) {
    try {
      for (const planned of classesOf(series, options)) classes.set(planned.id, planned);
    } catch {
      skipped += 1; // one event that makes no sense must not cost the others
    }
    if (classes.size > MAX_CLASSES) throw tooLarge(`more than ${MAX_CLASSES} classes in two weeks`);
  }
  return { classes: [...classes.values()].toSorted((a, b) => a.startsAtMs - b.startsAtMs || a.id.localeCompare(b.id)), skipped };
}

function parse(text: string): ICAL.Component[] {
  try {
    // Windows writes a byte order mark in front (U+FEFF).
    const parsed: unknown = ICAL.parse(text.replace(/^\uFEFF/, ''));
    if (!Array.isArray(parsed)) throw new Error('it is empty');
    // Several calendars one after the other come as a list of them (RFC 5545, 3.4).
    const roots: unknown[] = typeof parsed[0] === 'string' ? [parsed] : parsed;
    const calendars = roots.map((root) => new ICAL.Component(root as [])).filter(({ name }) => name === 'vcalendar');
    if (calendars.length === 0) throw new Error('it has no VCALENDAR');
    return calendars;
  } catch (cause) {
    throw new CodedError('bad_calendar', `This is no calendar in the iCalendar format (${reasonOf(cause).slice(0, 120)}). Check the address or the file.`, { cause });
  }
}

interface Series {
  readonly master: ICAL.Component | null;
  readonly changes: readonly ICAL.Component[];
  readonly zones: Zones;
}

/** An event and its changed instances, which share its UID (RFC 5545, 3.8.4.4); of several states of one event the newest (3.8.7.4). */
function seriesOf(events: readonly { event: ICAL.Component; zones: Zones }[]): Series[] {
  const byUid = new Map<string, { event: ICAL.Component; zones: Zones }[]>();
  for (const [index, one] of events.entries()) {
    const uid = textOf(one.event, 'uid') || `no-uid-${index}`;
    byUid.set(uid, [...(byUid.get(uid) ?? []), one]);
  }
  return [...byUid.values()].map((all) => {
    const masters = all.filter(({ event }) => !event.hasProperty('recurrence-id')).map(({ event }) => event);
    const changes = all.filter(({ event }) => event.hasProperty('recurrence-id')).map(({ event }) => event);
    const newest = masters.toSorted((a, b) => numberOf(b, 'sequence') - numberOf(a, 'sequence'))[0] ?? null;
    return { master: newest, changes: changes.toSorted((a, b) => numberOf(a, 'sequence') - numberOf(b, 'sequence')), zones: all[0]?.zones ?? noZones };
  });
}

function classesOf({ master, changes, zones }: Series, options: ReadOptions): PlannedClass[] {
  const overrides = changes.flatMap((event) => overrideOf(event, zones));
  return occurrencesOf(master, overrides, zones, options)
    .filter(({ event, startMs, endMs }) => !isCancelled(event) && endMs > startMs && endMs - startMs <= MAX_CLASS_MS && isHere(event, options.location))
    .map(({ event, startMs, endMs, recurrenceMs }) => ({
      id: idOf(textOf(event, 'uid'), recurrenceMs),
      title: textOf(event, 'summary').slice(0, 200) || 'Class',
      teacher: organizerOf(event).slice(0, 120),
      startsAtMs: startMs,
      endsAtMs: endMs,
    }));
}

function overrideOf(event: ICAL.Component, zones: Zones): Override[] {
  const property = event.getFirstProperty('recurrence-id');
  if (property === null) return [];
  const recurrenceMs = zones.instantOf(property.getFirstValue(), property.getParameter('tzid'));
  return recurrenceMs === null ? [] : [{ event, recurrenceMs, andFuture: property.getParameter('range') === 'THISANDFUTURE' }];
}

function isCancelled(event: ICAL.Component): boolean {
  return textOf(event, 'status').toUpperCase() === 'CANCELLED';
}

function isHere(event: ICAL.Component, location: string): boolean {
  return location === '' || textOf(event, 'location').toLowerCase().includes(location.toLowerCase());
}

/** The common name of who holds it (RFC 5545, 3.2.2). */
function organizerOf(event: ICAL.Component): string {
  const name = event.getFirstProperty('organizer')?.getParameter('cn');
  return typeof name === 'string' ? name : '';
}

function textOf(event: ICAL.Component, name: string): string {
  const value: unknown = event.getFirstPropertyValue(name);
  return typeof value === 'string' ? value.trim() : '';
}

function numberOf(event: ICAL.Component, name: string): number {
  const value = Number(event.getFirstPropertyValue(name));
  return Number.isFinite(value) ? value : 0;
}

/**
 * By the event and the instant it was first planned for: an instance of a series keeps its id when it is moved. A single event and a
 * series moved as a whole don't, since nothing tells when they were planned first; a running class knows its entry by its time as well.
 */
function idOf(uid: string, recurrenceMs: number): string {
  return `ical-${createHash('sha256').update(`${uid}\n${recurrenceMs}`).digest('hex').slice(0, 24)}`;
}

function tooLarge(what: string): CodedError {
  return new CodedError('calendar_too_large', `The calendar has ${what}: more than a room can hold. Give this room a calendar of its own.`);
}

const noZones: Zones = { instantOf: () => null };

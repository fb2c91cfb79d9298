import ICAL from 'ical.js';
import { ianaZone, naiveMs, utcZone, type WallTime, type ZoneRule } from './zoned-time.ts';

export interface Zones {
  /** Epoch ms of a DATE-TIME with the TZID beside it; null for a DATE and for anything that is no time. */
  instantOf(value: unknown, tzid: unknown): number | null;
}

/**
 * The zones of one calendar. A name that the machine knows (IANA) counts more than the calendar's own VTIMEZONE, which is often cut
 * short; names that only the calendar explains ("W. Europe Standard Time") are taken from it; the rest is the room's own time.
 */
export function zonesOf(calendar: ICAL.Component, roomZone: string): Zones {
  const rules = new Map<string, ZoneRule>();
  const room = ianaZone(roomZone) ?? utcZone;
  const ruleOf = (tzid: string): ZoneRule => {
    const known = rules.get(tzid);
    if (known !== undefined) return known;
    // A leading slash marks a name of a global registry (RFC 5545, 3.2.19): its last two parts are the IANA name.
    const rule = ianaZone(tzid) ?? ianaZone(tzid.split('/').slice(-2).join('/')) ?? ownZone(calendar, tzid) ?? room;
    rules.set(tzid, rule);
    return rule;
  };
  return {
    instantOf(value, tzid) {
      if (!(value instanceof ICAL.Time) || value.isDate) return null;
      const rule = value.zone === ICAL.Timezone.utcTimezone ? utcZone : typeof tzid === 'string' && tzid !== '' ? ruleOf(tzid) : room;
      const instant = rule(wallOf(value));
      if (!Number.isFinite(instant)) throw new RangeError('a time that no calendar has');
      return instant;
    },
  };
}

export function wallOf({ year, month, day, hour, minute, second }: ICAL.Time): WallTime {
  return { year, month, day, hour, minute, second };
}

function ownZone(calendar: ICAL.Component, tzid: string): ZoneRule | null {
  const component = calendar.getAllSubcomponents('vtimezone').find((zone) => zone.getFirstPropertyValue('tzid') === tzid);
  if (component === undefined) return null;
  const zone = new ICAL.Timezone(component);
  return (wall) => naiveMs(wall) - zone.utcOffset(ICAL.Time.fromData({ ...wall, isDate: false })) * 1000;
}

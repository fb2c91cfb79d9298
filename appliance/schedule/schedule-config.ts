import Type, { type Static } from 'typebox';
import type { LessonPolicy } from '../lesson/timekeeping.ts';

/** How this room keeps its timetable; every key may be left out. */
export const ScheduleConfig = Type.Object(
  {
    /** A calendar in the iCalendar format beside the console's timetable: `https://…` or the path of a file. The console's classes hold where both overlap. */
    ical: Type.Optional(Type.String({ pattern: '^(https?://[^\\s]+|/[^\\0]+)$', maxLength: 2000 })),
    /** Of a calendar for many rooms, only what has this in its place. */
    icalLocation: Type.Optional(Type.String({ maxLength: 120 })),
    /** IANA name of the room's time zone, for times that name none; the machine's own unless told. */
    timeZone: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_+/-]{1,64}$' })),
    /** Whether a planned class begins by itself; `touch` unless told. */
    startBy: Type.Optional(Type.Enum(['touch', 'timetable'])),
    /** A class that meets the next one ends first (unless told otherwise), or runs to its own end. */
    overlap: Type.Optional(Type.Enum(['end-first', 'let-run'])),
    /** Past its planned end a class goes on for so long before the box ends it: 10 unless told. */
    endGraceMinutes: Type.Optional(Type.Integer({ minimum: 0, maximum: 120 })),
    /** The teacher is told so long before: 5 unless told. */
    endWarningMinutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 30 })),
    /** A class is rehearsed so long before it: 10 unless told, 0 never. */
    rehearsalMinutes: Type.Optional(Type.Integer({ minimum: 0, maximum: 60 })),
  },
  { additionalProperties: false },
);
export type ScheduleConfig = Static<typeof ScheduleConfig>;

const MINUTE_MS = 60_000;
const DEFAULT_LEAD_MINUTES = 10;

export function policyOf(config: ScheduleConfig, leadMinutes = DEFAULT_LEAD_MINUTES): LessonPolicy {
  return {
    startBy: config.startBy ?? 'touch',
    leadMs: leadMinutes * MINUTE_MS,
    graceMs: (config.endGraceMinutes ?? 10) * MINUTE_MS,
    warnMs: (config.endWarningMinutes ?? 5) * MINUTE_MS,
    overlap: config.overlap ?? 'end-first',
  };
}

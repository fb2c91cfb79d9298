/** The room's timetable and the rehearsal before each class, as parts of `State`. */
import Type, { type Static } from 'typebox';

const Id = Type.String({ minLength: 1, maxLength: 64 });
const Instant = Type.String({ format: 'date-time', description: 'RFC 3339' });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const ScheduledClass = Type.Object({
  id: Id,
  title: Type.String(),
  teacher: Type.String(),
  startsAt: Instant,
  endsAt: Instant,
  /** `missed`: its time is over and nothing of it was recorded. */
  state: Type.Enum(['coming', 'running', 'done', 'missed']),
});
export type ScheduledClass = Static<typeof ScheduledClass>;

export const ScheduleState = Type.Object({
  /** Where today's classes come from: the console's timetable, the room's calendar, or both, the console's before the calendar's. */
  source: Type.Enum(['console', 'ical', 'both', 'none']),
  /** When the calendar was last read well; null without a calendar. */
  fetchedAt: OrNull(Instant),
  /** One sentence while the calendar cannot be read; the last good one is kept. Empty otherwise. */
  problem: Type.String(),
  /** Today's classes by the room's own clock, soonest first. */
  today: Type.Array(ScheduledClass),
  /** Classes that nobody held and that ended in the last 24 hours, soonest first: yesterday's, and those of `today`. */
  missed: Type.Array(ScheduledClass),
  nextStartsInSeconds: OrNull(Type.Integer({ minimum: 0, description: 'null while nothing is planned' })),
  /** Whether a planned class begins by itself. */
  startBy: Type.Enum(['touch', 'timetable']),
  /** When the box ends the running class by itself, unless it is extended; null where it will not. */
  ending: OrNull(
    Type.Object({
      at: Instant,
      reason: Type.Enum(['time-over', 'next-class']),
      warn: Type.Boolean({ description: 'near enough to tell the teacher' }),
    }),
  ),
});
export type ScheduleState = Static<typeof ScheduleState>;

const RehearsalCheck = Type.Object({
  code: Type.Enum(['signal', 'sound', 'disk', 'camera', 'clock', 'uplink', 'encoder']),
  ok: Type.Boolean(),
  message: Type.String({ description: 'what was found' }),
  advice: Type.String({ description: 'what to do; empty when ok' }),
});

/** Ten minutes before each class, and at `POST /api/rehearsal` (answers `State`): will the class work? */
export const RehearsalState = Type.Object({
  at: OrNull(Instant),
  /** The planned class it was for; null for one that was asked for. */
  forClass: OrNull(Id),
  verdict: Type.Enum(['ready', 'at-risk', 'running', 'none']),
  /** Failed ones first. */
  checks: Type.Array(RehearsalCheck),
});
export type RehearsalState = Static<typeof RehearsalState>;

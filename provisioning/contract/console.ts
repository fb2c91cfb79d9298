/**
 * Campus's surface for its console (`:8100`). A session is a bearer token, or the HttpOnly cookie that `POST /api/session` sets too
 * (writes with the cookie need the console's own `Origin`). Support staff may read everything here; what changes something needs an admin.
 */
import Type, { type Static } from 'typebox';
import { HealthReport } from './enrolment.ts';

const Instant = Type.String({ format: 'date-time' });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const RoomId = Type.String({ pattern: '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$', description: 'lower case letters, digits and hyphens' });

export const Role = Type.Union([Type.Literal('admin'), Type.Literal('support')]);
export type Role = Static<typeof Role>;

/** `POST /api/session` → 201 `SignedIn` and the cookie. 401 `wrong_sign_in`, 429 `too_many_tries` with `retryAfterMs`. `DELETE /api/session` signs out. */
export const SignIn = Type.Object(
  { email: Type.String({ format: 'email', maxLength: 254 }), password: Type.String({ minLength: 1, maxLength: 256 }) },
  { additionalProperties: false },
);
export const SignedIn = Type.Object({ token: Type.String(), role: Role, expiresAt: Instant });
export type SignedIn = Static<typeof SignedIn>;
/** `GET /api/session`; 401 `no_session`. */
export const ConsoleSession = Type.Object({ email: Type.String(), role: Role, expiresAt: Instant });
export type ConsoleSession = Static<typeof ConsoleSession>;

/** `PUT /api/rooms/:room` → `FleetRoom`; `DELETE /api/rooms/:room` once it has no box (409 `room_has_box`). */
export const RoomPut = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 120 }),
    /** At the edge: watchable whenever anything is published, class or no class. */
    alwaysOpen: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export const RoomParams = Type.Object({ room: RoomId });

export const TimetableClass = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 64 }),
    title: Type.String({ minLength: 1, maxLength: 200 }),
    teacher: Type.String({ maxLength: 120 }),
    startsAt: Instant,
    endsAt: Instant,
    /** What tickets are sold for; campus keeps the edge's course at the times of its current or next class. */
    course: Type.Optional(
      Type.Object(
        {
          id: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }),
          description: Type.String({ maxLength: 2000 }),
          priceCents: Type.Integer({ minimum: 0 }),
          currency: Type.String({ pattern: '^[A-Z]{3}$' }),
          buyUrl: Type.String({ format: 'uri', maxLength: 2000 }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
export type TimetableClass = Static<typeof TimetableClass>;
/** `GET` and `PUT /api/rooms/:room/timetable` (the whole of it; soonest first in the answer). 400 `bad_timetable` names the class that ends before it starts or overlaps. */
export const Timetable = Type.Object({ timetable: Type.Array(TimetableClass, { maxItems: 2000 }) }, { additionalProperties: false });

/** `POST /api/claims` (enrolment.ts) → 201. Also 404 `unknown_room`, 409 `room_has_box`. */
export const Claimed = Type.Object({ box: Type.String(), room: Type.String() });
/** `GET /api/enrolments` (admin): boxes that wait to be claimed, without their codes. */
export const Enrolments = Type.Object({
  enrolments: Type.Array(Type.Object({ id: Type.String(), serial: Type.String(), model: Type.String(), openedAt: Instant, expiresAt: Instant })),
});

export const Level = Type.Enum(['ok', 'look', 'risk']);
export type Level = Static<typeof Level>;
/** What support should know, most urgent first. `urgency` 0 to 100: 80 and more means that a class is being harmed now. */
export const Reason = Type.Object({
  code: Type.String(),
  message: Type.String(),
  urgency: Type.Integer(),
  /** When the class was to begin that it is about, where that may have been on another day. Campus does not know the reader's time zone: the console names the day. */
  plannedFor: Type.Optional(Instant),
});
export type Reason = Static<typeof Reason>;
export const Verdict = Type.Object({ level: Level, urgency: Type.Integer(), reasons: Type.Array(Reason) });
export type Verdict = Static<typeof Verdict>;

export const FleetBox = Type.Object({
  id: Type.String(),
  serial: Type.String(),
  model: Type.String(),
  claimedAt: Instant,
  certificateExpiresAt: Instant,
  online: Type.Boolean({ description: 'reported in the last 15 s' }),
  lastSeenAt: OrNull(Instant),
});
export const FleetRoom = Type.Object({
  room: Type.String(),
  name: Type.String(),
  alwaysOpen: Type.Boolean(),
  box: OrNull(FleetBox),
  /** The box's last report, however old: see `box.online`. */
  health: OrNull(HealthReport),
  /** From the timetable. */
  current: OrNull(TimetableClass),
  next: OrNull(TimetableClass),
  verdict: Verdict,
});
export type FleetRoom = Static<typeof FleetRoom>;
/** `GET /api/fleet`: rooms at risk first, then by the next class. */
export const Fleet = Type.Object({ at: Instant, rooms: Type.Array(FleetRoom) });
export type Fleet = Static<typeof Fleet>;

/** One point of a room's past, at most one a minute and one at each change of phase. */
export const HealthPoint = Type.Object({
  at: Instant,
  phase: Type.String(),
  recording: Type.Boolean(),
  sending: Type.Boolean(),
  viewers: Type.Integer(),
  fps: Type.Number(),
  pendingBytes: Type.Integer(),
  cpuPercent: Type.Number(),
  memoryFreeBytes: Type.Number(),
  diskFreeBytes: Type.Number(),
  temperatureC: OrNull(Type.Number()),
});
export type HealthPoint = Static<typeof HealthPoint>;
/** `GET /api/fleet/:room`; `history` is the newest 400 points, oldest first. */
export const FleetRoomDetail = Type.Object({ ...FleetRoom.properties, timetable: Type.Array(TimetableClass), history: Type.Array(HealthPoint) });
export type FleetRoomDetail = Static<typeof FleetRoomDetail>;

/**
 * `GET /api/fleet/events` (server-sent events): each `data:` is one of these, `fleet` first and again after a room was added or
 * removed, `room` at every change of one (a room at most once a second). An event `still-here`
 * comes where nothing else did for 15 s. A reader too slow to keep up is disconnected, and one whose session is over.
 */
export const FleetEvent = Type.Union([
  Type.Object({ type: Type.Literal('fleet'), fleet: Fleet }),
  Type.Object({ type: Type.Literal('room'), room: FleetRoom }),
]);
export type FleetEvent = Static<typeof FleetEvent>;

/** `GET /api/audit?limit=…` (newest first). */
export const AuditEntry = Type.Object({
  at: Instant,
  who: Type.String(),
  action: Type.String({ description: 'e.g. `room.put`, `box.claim`, `box.revoke`' }),
  subject: Type.String(),
  detail: Type.String(),
});
export const Audit = Type.Object({ entries: Type.Array(AuditEntry) });

/** `DELETE /api/boxes/:box` (admin) revokes a box: its certificate is refused from this moment on. 204. */
export const BoxParams = Type.Object({ box: Type.String({ maxLength: 64 }) });

/** `GET /api/keys` (public): the key that verifies campus's tokens. */
export const PublicKeys = Type.Object({ publicKeyPem: Type.String() });

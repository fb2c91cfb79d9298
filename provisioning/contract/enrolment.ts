/** A box's way into the fleet: key on the box, claim by an admin, certificate from campus, then mutual TLS (RFC 8446) on its own port. */
import Type, { type Static } from 'typebox';

const Instant = Type.String({ format: 'date-time' });
const ScheduledClass = Type.Object({ id: Type.String(), title: Type.String(), startsAt: Instant, state: Type.String() });

/** `POST :8100/api/enrolment` `{ csr }` (PKCS#10, PEM; rate-limited) → 201. The same key asks again and gets the same enrolment. */
export const EnrolmentRequest = Type.Object(
  { csr: Type.String({ maxLength: 8192 }), serial: Type.String({ minLength: 1, maxLength: 64 }), model: Type.String({ maxLength: 120 }) },
  { additionalProperties: false },
);
export const EnrolmentOpened = Type.Object({
  id: Type.String(),
  /** Eight characters in two groups, no look-alikes: `K7QF-2MXA`. Good for 24 h. */
  claimCode: Type.String(),
  claimUrl: Type.String(),
  /** Bearer for polling; the box alone has it. */
  pollToken: Type.String(),
});
/** `GET :8100/api/enrolment/:id` (bearer pollToken) → waiting or claimed. */
export const EnrolmentStatus = Type.Union([
  Type.Object({ state: Type.Literal('waiting') }),
  Type.Object({
    state: Type.Literal('claimed'),
    box: Type.String(),
    certificate: Type.String({ description: 'PEM' }),
    authority: Type.String({ description: 'PEM of the campus authority, for the mutual-TLS port' }),
    /** `https://campus:8101` */
    boxUrl: Type.String(),
  }),
]);
/** `POST :8100/api/claims` (console admin) → 201. 404 `unknown_claim_code`, 409 `already_claimed`. */
export const ClaimRequest = Type.Object({ claimCode: Type.String(), room: Type.String() }, { additionalProperties: false });

/** Over mutual TLS: `GET /box/config` → desired state. `ETag` and `If-None-Match`. */
export const RoomConfig = Type.Object({
  room: Type.String(),
  roomName: Type.String(),
  edge: Type.Object({ whip: Type.String(), whep: Type.String(), rtmp: Type.String(), rtmps: Type.Optional(Type.String()), api: Type.String({ description: 'GET for RoomInfo' }) }),
  uploadsUrl: Type.String(),
  libraryUrl: Type.String(),
  /** The next two weeks, soonest first. */
  timetable: Type.Array(
    Type.Object({ id: Type.String(), title: Type.String(), teacher: Type.String(), startsAt: Instant, endsAt: Instant }),
  ),
});
export type RoomConfig = Static<typeof RoomConfig>;

/**
 * Over mutual TLS: `POST /box/tokens` → short-lived tokens (publish and watch: 12 h so that a class outlives a campus outage; upload: 1 h). `watch` is what the
 * panel is given; campus of an earlier release has none.
 */
export const BoxTokens = Type.Object({ publish: Type.String(), publishExpiresAt: Instant, watch: Type.Optional(Type.String()), upload: Type.String(), uploadExpiresAt: Instant });
export type BoxTokens = Static<typeof BoxTokens>;

/** Over mutual TLS: `POST /box/health` every 5 s, and at once when the lesson's phase changes. `state` is the appliance's State, checked loosely. */
export const HealthReport = Type.Object({
  at: Instant,
  version: Type.String(),
  state: Type.Object({
    room: Type.String(),
    lesson: Type.Object({ phase: Type.String(), title: Type.String() }),
    notReady: Type.Array(Type.Object({ code: Type.String(), message: Type.String() })),
    recording: Type.Object({ active: Type.Boolean(), proven: Type.Boolean(), freeHours: Type.Number() }),
    stream: Type.Object({ protocol: Type.String(), sending: Type.Boolean(), seenAtEdge: Type.Boolean(), stopped: Type.Optional(Type.Boolean()), viewers: Type.Integer() }),
    cloud: Type.Object({ state: Type.String(), pendingBytes: Type.Integer() }),
    encoder: Type.Object({ name: Type.String(), fps: Type.Number() }),
    sources: Type.Array(
      Type.Object({
        id: Type.String(),
        kind: Type.String(),
        signal: Type.String(),
        verdict: Type.String(),
        /** Empty where nothing has to be done: a microphone without signal is then off on purpose. Older boxes don't tell. */
        advice: Type.Optional(Type.String()),
      }),
    ),
    cameras: Type.Array(Type.Object({ id: Type.String(), link: Type.String() })),
    /** From here on what older boxes don't tell. */
    schedule: Type.Optional(
      Type.Object({
        today: Type.Array(ScheduledClass),
        /** Those that nobody held and that ended in the last 24 hours. Older boxes tell only which of `today` are missed. */
        missed: Type.Optional(Type.Array(ScheduledClass)),
      }),
    ),
    rehearsal: Type.Optional(
      Type.Object({
        at: Type.Union([Instant, Type.Null()]),
        forClass: Type.Union([Type.String(), Type.Null()]),
        verdict: Type.String({ description: '`ready`, `at-risk`, `running` or `none`' }),
        checks: Type.Array(Type.Object({ code: Type.String(), ok: Type.Boolean(), message: Type.String(), advice: Type.String() })),
      }),
    ),
    health: Type.Optional(
      Type.Object({
        alarms: Type.Array(Type.Object({ code: Type.String(), severity: Type.String(), message: Type.String(), advice: Type.String(), since: Instant })),
      }),
    ),
  }),
  machine: Type.Object({
    cpuPercent: Type.Number(),
    memoryFreeBytes: Type.Number(),
    diskFreeBytes: Type.Number(),
    temperatureC: Type.Union([Type.Number(), Type.Null()]),
    uptimeSeconds: Type.Number(),
  }),
});
export type HealthReport = Static<typeof HealthReport>;

/** The edge's HTTP surface, beside WHIP, WHEP, HLS and the events socket (see access.ts for tokens). */
import Type, { type Static } from 'typebox';

const Instant = Type.String({ format: 'date-time' });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** `POST /api/rooms/:room/playback` → 200. Full URLs, ready to use; HLS and FLV already signed. */
export const Playback = Type.Object({
  token: Type.String(),
  expiresAt: Instant,
  /** From this answer on: a page's clock may be wrong by hours, and still counts seconds. Absent from an edge of before. */
  expiresInS: Type.Optional(Type.Integer()),
  whep: Type.String(),
  hls: Type.String(),
  flv: Type.String(),
  events: Type.String(),
});
export type Playback = Static<typeof Playback>;

/** What a student without a ticket is offered: the `details.offer` of `402 ticket_needed`. */
export const Offer = Type.Object({
  course: Type.String(),
  title: Type.String(),
  teacher: Type.String(),
  description: Type.String(),
  startsAt: OrNull(Instant),
  priceCents: Type.Integer(),
  currency: Type.String({ description: 'ISO 4217' }),
  /** Where tickets are sold (the school's own shop or office page). */
  buyUrl: Type.String(),
});
export type Offer = Static<typeof Offer>;

/** `GET /api/rooms/:room`. Public part for anyone; `ingest` only for the room's box (publish token) and admins. */
export const RoomInfo = Type.Object({
  room: Type.String(),
  name: Type.String(),
  live: Type.Boolean({ description: 'media arrived in the last 3 s' }),
  viewers: Type.Integer(),
  current: OrNull(Type.Object({ title: Type.String(), teacher: Type.String(), startedAt: OrNull(Instant) })),
  next: OrNull(Type.Object({ title: Type.String(), teacher: Type.String(), startsAt: Instant })),
  ingest: Type.Optional(
    Type.Object({
      protocol: Type.Union([Type.Literal('whip'), Type.Literal('rtmp'), Type.Literal('none')]),
      lastMediaAt: OrNull(Instant),
      bytes: Type.Integer(),
      delayMs: Type.Number({ description: 'median of capture to arrival over the last 2 s' }),
      layers: Type.Array(Type.Object({ id: Type.String(), width: Type.Integer(), height: Type.Integer(), bitrateKbps: Type.Number() })),
    }),
  ),
});
export type RoomInfo = Static<typeof RoomInfo>;

/** `GET /api/storefront` (session optional): what is on sale, live and coming, and for the signed-in student the replays. */
export const Storefront = Type.Object({
  student: OrNull(Type.Object({ name: Type.String() })),
  courses: Type.Array(
    Type.Object({
      offer: Offer,
      room: Type.String(),
      live: Type.Boolean(),
      hasTicket: Type.Boolean(),
      watchUrl: Type.String(),
    }),
  ),
  replays: Type.Array(
    Type.Object({ id: Type.String(), title: Type.String(), recordedAt: Instant, durationSeconds: Type.Number(), url: Type.String() }),
  ),
});
export type Storefront = Static<typeof Storefront>;

/** `GET /api/replays/:id` (student session) → 200, 402 with an offer, 404. `playlist` is a signed campus URL, good for four hours. */
export const Replay = Type.Object({
  id: Type.String(),
  title: Type.String(),
  teacher: Type.String(),
  recordedAt: Instant,
  durationSeconds: Type.Number(),
  playlist: Type.String(),
  gaps: Type.Array(Type.Object({ from: Instant, to: Instant, reason: Type.String() })),
});
export type Replay = Static<typeof Replay>;

/**
 * `GET /sign-in?link=…&to=/watch/room` is the address that students are sent. A link that is good again and again sets the session's cookie by it; one that is good
 * once leads to a page that makes the `POST /api/session`, as whatever looks at addresses in mail does not. 401 `bad_link`.
 */
export const SignInRequest = Type.Object({ link: Type.String({ maxLength: 200 }), to: Type.Optional(Type.String({ maxLength: 500 })) }, { additionalProperties: false });
/** Where to go on: a path of ours, `/` where another was asked for. */
export const SignedIn = Type.Object({ to: Type.String() });
export type SignedIn = Static<typeof SignedIn>;

/** `GET /api/session` → who is signed in (cookie or bearer); 401 otherwise. */
export const StudentSession = Type.Object({ account: Type.String(), name: Type.String() });

/**
 * Admin (campus service token with scope `admin`). All are idempotent PUTs; what changed something is audited:
 * `PUT /api/admin/rooms/:room`, `PUT /api/admin/courses/:course`, `PUT /api/admin/accounts/:account`,
 * `PUT /api/admin/tickets/:account/:course` (no body), `DELETE` of the same revokes at once,
 * `PUT /api/admin/publishers/:owner` (the subject of a publishing key) refuses that publisher at once,
 * `POST /api/admin/accounts/:account/sign-in-links` → `SignInLink`, `POST /api/admin/accounts/:account/tokens` → `AccountToken`.
 */
export const AdminRoom = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 120 }),
    /** Always on sale and watchable whenever anything is published, class or no class. */
    alwaysOpen: Type.Boolean(),
  },
  { additionalProperties: false },
);
export const AdminCourse = Type.Object(
  {
    room: Type.String(),
    title: Type.String({ minLength: 1, maxLength: 200 }),
    teacher: Type.String({ maxLength: 120 }),
    description: Type.String({ maxLength: 2000 }),
    startsAt: OrNull(Instant),
    endsAt: OrNull(Instant),
    priceCents: Type.Integer({ minimum: 0 }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    buyUrl: Type.String({ format: 'uri' }),
  },
  { additionalProperties: false },
);
/** Until the last key that campus gave this publisher is over by itself. */
export const AdminPublisher = Type.Object({ refusedUntil: Instant }, { additionalProperties: false });
export const AdminAccount = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 80 }), email: Type.String({ format: 'email' }) },
  { additionalProperties: false },
);
export const GrantLifetime = Type.Object(
  { seconds: Type.Integer({ minimum: 60, maximum: 86_400 }), reusable: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
);
export const SignInLink = Type.Object({ url: Type.String(), expiresAt: Instant });
export const AccountToken = Type.Object({ token: Type.String(), expiresAt: Instant });

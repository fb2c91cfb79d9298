/**
 * A laptop's screen in the class: what the room's state says of it, and the requests of the panel and of the share page.
 *
 * The panel (its own port, `control`): `POST /api/share/open`, `close`, `code` (a new one), `end`, and `allow` and `refuse` with `{ id }`
 * of the laptop that waits; all answer `State`. The share page (HTTPS, `/share`): `GET /share/room`, `POST /share/session`
 * `{ code, name }`, `GET /share/session` and `POST /share/whip` (RFC 9725) with the session's bearer token.
 */
import Type, { type Static } from 'typebox';

const Instant = Type.String({ format: 'date-time', description: 'RFC 3339' });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const ShareState = Type.Object({
  /** Whether this box offers a share page at all. */
  offered: Type.Boolean(),
  /** A laptop may join now: a class runs or is about to, or the panel opened the door. */
  open: Type.Boolean(),
  /** Where the laptop's browser goes. */
  url: Type.String(),
  /** Four digits, new with each class, each use and every five minutes; null while nobody may join. */
  code: OrNull(Type.String()),
  expiresAt: OrNull(Instant),
  /** Derived from pictures that arrived. */
  active: Type.Boolean({ description: 'a laptop’s picture reached the box in the last 3 s' }),
  /** Who shares, or is about to; empty when nobody does. */
  name: Type.String(),
  since: OrNull(Instant),
  /** Another laptop that typed the right code and waits to be let in. */
  waiting: OrNull(Type.Object({ id: Type.String(), name: Type.String(), since: Instant })),
});
export type ShareState = Static<typeof ShareState>;

/** `POST /api/share/allow` and `/refuse`. */
export const ShareAnswer = Type.Object({ id: Type.String({ maxLength: 64 }) }, { additionalProperties: false });

/** `POST /share/session`. 401 `wrong_code`, 409 `share_closed` or `somebody_waits`, 429 `too_many_tries` with `retryAfterMs`. */
export const ShareJoin = Type.Object(
  { code: Type.String({ pattern: '^[0-9]{4}$' }), name: Type.String({ minLength: 1, maxLength: 40 }) },
  { additionalProperties: false },
);
export type ShareJoin = Static<typeof ShareJoin>;

/** `admitted` may send, `waiting` is in the teacher's hands, `over` has to type the new code. */
export const ShareStanding = Type.Enum(['admitted', 'waiting', 'over']);
export type ShareStanding = Static<typeof ShareStanding>;
export const ShareSession = Type.Object({ token: Type.String(), standing: ShareStanding });
export type ShareSession = Static<typeof ShareSession>;
export const ShareStandingAnswer = Type.Object({ standing: ShareStanding });
/** `GET /share/room`. */
export const ShareRoom = Type.Object({ room: Type.String(), open: Type.Boolean() });
export type ShareRoom = Static<typeof ShareRoom>;

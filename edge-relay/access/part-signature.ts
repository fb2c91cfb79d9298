/**
 * The signature under which media parts are served. It names the room, not the viewer, so that a shared cache keeps one copy for
 * everybody; it lives so short that who is refused a playlist, by a cache that may remember a yes for 30 s, is out within a minute.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A new signature every 4 s, each good for this many periods: between 24 and 28 s of life. */
const PERIOD_S = 4;
/** A player that loads delta updates learns a segment's address for the last time when it is 12 s old, and may go back to it until it is 36 s old. */
const PERIODS = 7;
/** Rooms remembered of a period. They are named by strangers: all are forgotten once there are more. */
const REMEMBERED = 512;

interface Signed {
  readonly sig: Buffer;
  readonly query: string;
}

export class PartSigner {
  readonly #key: Buffer;
  /** Of each period, by room. */
  readonly #made = new Map<number, Map<string, Signed>>();

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** `sig=…&until=…`, to be appended to the URLs of init segments, segments and parts. */
  query(room: string, nowMs: number): string {
    return this.#signed(room, (Math.floor(nowMs / 1000 / PERIOD_S) + PERIODS) * PERIOD_S).query;
  }

  verify(room: string, query: { readonly sig: string; readonly until: number }, nowMs: number): boolean {
    const nowS = nowMs / 1000;
    // The time is no secret. Looked at first, it leaves few signatures to be made for whoever asks.
    if (!(query.until > nowS && query.until <= nowS + PERIODS * PERIOD_S) || query.until % PERIOD_S !== 0) return false;
    const expected = this.#signed(room, query.until).sig;
    const given = Buffer.from(query.sig);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  /** Every part of a room is asked for under one of seven signatures. */
  #signed(room: string, until: number): Signed {
    const known = this.#made.get(until)?.get(room);
    if (known !== undefined) return known;
    const sig = createHmac('sha256', this.#key).update(`parts\n${room}\n${until}`).digest('base64url');
    const made = { sig: Buffer.from(sig), query: `sig=${sig}&until=${until}` };
    this.#roomsOf(until).set(room, made);
    return made;
  }

  #roomsOf(until: number): Map<string, Signed> {
    const rooms = this.#made.get(until);
    if (rooms !== undefined && rooms.size < REMEMBERED) return rooms;
    const fresh = new Map<string, Signed>();
    this.#made.set(until, fresh);
    // Periods that are over.
    for (const old of this.#made.keys()) if (old < until - PERIODS * PERIOD_S) this.#made.delete(old);
    return fresh;
  }
}

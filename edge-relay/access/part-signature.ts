/**
 * The signature under which media parts are served. It names the room, not the viewer, so that a shared cache keeps one copy for
 * everybody; it lives so short that who is refused a playlist, by a cache that may remember a yes for 30 s, is out within a minute.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A new signature every 4 s, each good for this many periods: between 24 and 28 s of life. */
const PERIOD_S = 4;
/** A player that loads delta updates learns a segment's address for the last time when it is 12 s old, and may go back to it until it is 36 s old. */
const PERIODS = 7;
/** Signatures remembered, seven a room; rooms are named by strangers, so that all are forgotten once there are more. */
const REMEMBERED = 2_048;

export class PartSigner {
  readonly #key: Buffer;
  readonly #made = new Map<string, { readonly sig: Buffer; readonly query: string }>();

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
  #signed(room: string, until: number): { readonly sig: Buffer; readonly query: string } {
    const name = `${until} ${room}`;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const sig = createHmac('sha256', this.#key).update(`parts\n${room}\n${until}`).digest('base64url');
    const made = { sig: Buffer.from(sig), query: `sig=${sig}&until=${until}` };
    if (this.#made.size >= REMEMBERED) this.#made.clear();
    this.#made.set(name, made);
    return made;
  }
}

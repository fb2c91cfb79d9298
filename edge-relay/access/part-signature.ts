/**
 * The signature under which media parts are served. It names the room, not the viewer, so that a shared cache keeps one copy for
 * everybody; it lives a minute at most, so that who is refused a playlist is out within that minute.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A new signature every 30 s, each good for its own period and the next: between 30 and 60 s of life. */
const PERIOD_S = 30;

export class PartSigner {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** `sig=…&until=…`, to be appended to the URLs of init segments, segments and parts. */
  query(room: string, nowMs: number): string {
    const until = (Math.floor(nowMs / 1000 / PERIOD_S) + 2) * PERIOD_S;
    return `sig=${this.#sign(room, until)}&until=${until}`;
  }

  verify(room: string, query: { readonly sig: string; readonly until: number }, nowMs: number): boolean {
    const nowS = nowMs / 1000;
    const expected = Buffer.from(this.#sign(room, query.until));
    const given = Buffer.from(query.sig);
    const same = given.length === expected.length && timingSafeEqual(given, expected);
    return same && query.until > nowS && query.until <= nowS + 2 * PERIOD_S;
  }

  #sign(room: string, until: number): string {
    return createHmac('sha256', this.#key).update(`parts\n${room}\n${until}`).digest('base64url');
  }
}

/**
 * The signature under which media parts are served. It names the room, not the viewer, so that a shared cache keeps one copy for everybody; and how far it
 * opens the room's media: up to a segment. An address that stands in a playlist so never changes (RFC 8216 section 6.2.1), and who is refused a playlist
 * has nothing newer than the last one announced.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** `12` of `720p/part-12.3.m4s`. */
const NUMBER = /^(?:[\w-]+\/)?(?:init|segment|part)-(\d{1,15})\./;
/** Signatures remembered, some forty of a room. All are forgotten once there are more. */
const REMEMBERED = 20_000;

export class PartSigner {
  readonly #key: Buffer;
  readonly #made = new Map<string, { readonly query: string; readonly sig: Buffer }>();

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** `sig=…&until=…`, to be appended to the addresses of what belongs to a segment. */
  query(room: string, segment: number): string {
    const name = `${room}\n${segment}`;
    const known = this.#made.get(name);
    if (known !== undefined) return known.query;
    if (this.#made.size >= REMEMBERED) this.#made.clear();
    const sig = this.#sign(name);
    const query = `sig=${sig.toString()}&until=${segment}`;
    this.#made.set(name, { query, sig });
    return query;
  }

  /** `name` is what is asked for, as it stands in the address. */
  verify(room: string, { name, sig, until }: { readonly name: string; readonly sig: string; readonly until: number }): boolean {
    const number = Number(NUMBER.exec(name)?.[1] ?? Number.NaN);
    if (!(number <= until) || !Number.isSafeInteger(until)) return false;
    // Strangers name rooms and segments, too: nothing is remembered for them.
    const segment = `${room}\n${until}`;
    const expected = this.#made.get(segment)?.sig ?? this.#sign(segment);
    const given = Buffer.from(sig);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  #sign(name: string): Buffer {
    return Buffer.from(createHmac('sha256', this.#key).update(`parts\n${name}`).digest('base64url'));
  }
}

import { v7 as uuidv7 } from 'uuid';
import { CodedError } from '#kit/process/errors.ts';
import { hashSecret, sameSecret } from '#kit/process/secrets.ts';
import type { AuthorityKeys, Issued } from '#kit/process/certificates.ts';
import { issueForBox, readRequest } from './authority.ts';
import { roomHasBox, type Box, type Boxes } from './boxes.ts';
import { claimCodeOf, hashClaimCode, normaliseClaimCode, pollTokenOf } from './claim-code.ts';
import { instant, type Clock } from './clock.ts';
import type { Db } from './database.ts';
import type { Rooms } from './rooms.ts';

export interface EnrolmentDeps {
  readonly db: Db;
  readonly rooms: Rooms;
  readonly boxes: Boxes;
  readonly authority: AuthorityKeys;
  /** Derives claim codes and poll tokens; as secret as the authority's key. */
  readonly secret: string;
  readonly now: Clock;
}
export interface Opened {
  readonly id: string;
  readonly claimCode: string;
  readonly pollToken: string;
}
export type EnrolmentState = { readonly state: 'waiting' } | { readonly state: 'claimed'; readonly box: string; readonly certificate: string };

const CODE_LIFE_MS = 86_400_000;
/** Open enrolments at most: more than any delivery of boxes, and little enough to be no lever for filling the disk. */
const MAX_WAITING = 5_000;

interface Row {
  readonly id: string;
  readonly key_hash: string;
  readonly csr: string;
  readonly serial: string;
  readonly model: string;
  readonly round: number;
  readonly poll_hash: string;
  readonly opened_at: number;
  readonly expires_at: number;
  readonly box: string | null;
}

/** A box's way in: it opens an enrolment with its key, a person claims it by its code, it polls its certificate. */
export class Enrolments {
  readonly #deps: EnrolmentDeps;

  constructor(deps: EnrolmentDeps) {
    this.#deps = deps;
  }

  /** The same key gets the same enrolment, however often it asks; after 24 h with a fresh code. */
  async open(csr: string, serial: string, model: string): Promise<Opened> {
    const { keyHash } = await readRequest(csr);
    const { db, boxes, now } = this.#deps;
    return db.transaction(() => {
      const known = this.#row('key_hash', keyHash);
      if (known?.box && boxes.get(known.box)?.revokedAtMs !== null) throw boxRevoked();
      if (known && (known.box !== null || known.expires_at > now())) return this.#show(known.id, known.round, known.expires_at);
      if (known) return this.#show(known.id, known.round + 1, now() + CODE_LIFE_MS);
      return this.#insert(keyHash, csr, serial, model);
    })();
  }

  /** @throws CodedError 410 `enrolment_expired`, 403 `box_revoked` */
  async status(id: string): Promise<EnrolmentState> {
    const row = this.#row('id', id);
    if (!row) throw new CodedError('unknown_enrolment', 'There is no such enrolment. Open a new one.', { status: 404 });
    const box = row.box === null ? null : this.#deps.boxes.get(row.box);
    if (box && box.revokedAtMs !== null) throw boxRevoked();
    if (box) return { state: 'claimed', box: box.box, certificate: await this.#freshCertificate(box, row.csr) };
    if (row.expires_at <= this.#deps.now()) {
      throw new CodedError('enrolment_expired', 'The claim code has expired. Open the enrolment again for a new one.', { status: 410 });
    }
    return { state: 'waiting' };
  }

  /** A new certificate for a new key, by which the box is known from now on: by both or by none. @throws CodedError 400 `bad_csr`, 403 `box_revoked` */
  async renew(box: string, csr: string): Promise<Issued> {
    const { db, boxes, authority, now } = this.#deps;
    const request = await readRequest(csr);
    const issued = await issueForBox(authority, request, box, now());
    return db.transaction(() => {
      // It may have been revoked while its certificate was being made.
      if (boxes.get(box)?.revokedAtMs !== null) throw boxRevoked();
      boxes.renewCertificate(box, issued);
      db.prepare('UPDATE enrolments SET key_hash = ?, csr = ? WHERE box = ?').run(request.keyHash, csr, box);
      return issued;
    })();
  }

  mayPoll(id: string, token: string): boolean {
    const row = this.#row('id', id);
    return sameSecret(hashSecret(token), row?.poll_hash ?? '');
  }

  /** `record` writes down what was done, in the same breath. */
  async claim(typed: string, room: string, record: (box: string, serial: string) => void = () => undefined): Promise<{ box: string; serial: string }> {
    const { db, rooms, boxes, authority, secret, now } = this.#deps;
    const code = normaliseClaimCode(typed);
    const row = code === null ? undefined : this.#row('code_hash', hashClaimCode(secret, code));
    if (!row || (row.box === null && row.expires_at <= now())) throw unknownCode();
    if (row.box !== null) throw alreadyClaimed();
    if (!rooms.get(room)) throw new CodedError('unknown_room', `There is no room ${room}. Add the room first.`, { status: 404 });
    if (boxes.ofRoom(room)) throw roomHasBox(room);
    const box = uuidv7();
    const issued = await issueForBox(authority, await readRequest(row.csr), box, now());
    db.transaction(() => {
      boxes.add({ box, room, serial: row.serial, model: row.model, claimedAtMs: now() }, issued);
      // A second claim of the same code that was decided at the same moment finds the row taken.
      const { changes } = db.prepare('UPDATE enrolments SET box = ? WHERE id = ? AND box IS NULL').run(box, row.id);
      if (changes === 0) throw alreadyClaimed();
      record(box, row.serial);
    })();
    return { box, serial: row.serial };
  }

  waiting(): { id: string; serial: string; model: string; openedAt: string; expiresAt: string }[] {
    const rows = this.#deps.db.prepare<[number], Row>('SELECT * FROM enrolments WHERE box IS NULL AND expires_at > ? ORDER BY opened_at DESC').all(this.#deps.now());
    return rows.map((row) => ({ id: row.id, serial: row.serial, model: row.model, openedAt: instant(row.opened_at), expiresAt: instant(row.expires_at) }));
  }

  /** A box that was off for longer than its certificate lived is still a member until someone removes it. */
  async #freshCertificate({ box, certificate, certificateExpiresAtMs }: Box, csr: string): Promise<string> {
    const { boxes, authority, now } = this.#deps;
    if (certificateExpiresAtMs > now()) return certificate;
    const issued = await issueForBox(authority, await readRequest(csr), box, now());
    boxes.renewCertificate(box, issued);
    return issued.certificatePem;
  }

  #row(column: 'id' | 'key_hash' | 'code_hash', value: string): Row | undefined {
    return this.#deps.db.prepare<[string], Row>(`SELECT * FROM enrolments WHERE ${column} = ?`).get(value);
  }

  #insert(keyHash: string, csr: string, serial: string, model: string): Opened {
    const { db, secret, now } = this.#deps;
    db.prepare('DELETE FROM enrolments WHERE box IS NULL AND expires_at <= ?').run(now() - CODE_LIFE_MS);
    const { waiting } = db.prepare<[], { waiting: number }>('SELECT count(*) AS waiting FROM enrolments WHERE box IS NULL').get() ?? { waiting: 0 };
    if (waiting >= MAX_WAITING) {
      throw new CodedError('too_many_enrolments', 'Too many boxes are waiting to be claimed. Claim some of them, or try again tomorrow.', { status: 503 });
    }
    const opened = this.#opened(uuidv7(), 0);
    db.prepare(
      `INSERT INTO enrolments (id, key_hash, csr, serial, model, round, code_hash, poll_hash, opened_at, expires_at) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?)`,
    ).run(opened.id, keyHash, csr, serial, model, hashClaimCode(secret, opened.claimCode), hashSecret(opened.pollToken), now(), now() + CODE_LIFE_MS);
    return opened;
  }

  /** What is shown is what is kept, even where it was derived from another secret before. */
  #show(id: string, round: number, expiresAtMs: number): Opened {
    const { db, secret } = this.#deps;
    const opened = this.#opened(id, round);
    db.prepare('UPDATE enrolments SET round = ?, code_hash = ?, poll_hash = ?, expires_at = ? WHERE id = ?').run(
      round, hashClaimCode(secret, opened.claimCode), hashSecret(opened.pollToken), expiresAtMs, id,
    );
    return opened;
  }

  #opened(id: string, round: number): Opened {
    return { id, claimCode: claimCodeOf(this.#deps.secret, id, round), pollToken: pollTokenOf(this.#deps.secret, id) };
  }
}

export function boxRevoked(): CodedError {
  return new CodedError('box_revoked', "This box's identity was revoked. It has to enrol again with a new key.", { status: 403 });
}

function unknownCode(): CodedError {
  return new CodedError('unknown_claim_code', 'No box shows this code. Check it against the panel: a code is good for 24 hours, then the panel shows a new one.', { status: 404 });
}

function alreadyClaimed(): CodedError {
  return new CodedError('already_claimed', 'The box with this code was already claimed. To move it, remove the box from its room first.', { status: 409 });
}

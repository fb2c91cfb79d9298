import { randomBytes } from 'node:crypto';
import { addressKey, buildCheck, type IceCredentials, type TransportAddress } from './check.ts';
import { hasFingerprint, hasIntegrity, STUN, type StunMessage } from './message.ts';

export interface SentCheck {
  readonly to: TransportAddress;
  readonly nominate: boolean;
  readonly sentAtMs: number;
}

/** Checks in flight at once, and for how long an answer counts. */
const MAX_IN_FLIGHT = 64;
const ANSWER_WITHIN_MS = 5000;

/** Sends our own checks and recognises their answers: by transaction, by password, and by coming from where the check went. */
export class Checker {
  readonly #ice: IceCredentials;
  readonly #role: 'controlling' | 'controlled';
  readonly #tieBreaker = randomBytes(8).readBigUInt64BE();
  readonly #inFlight = new Map<string, SentCheck>();

  constructor(ice: IceCredentials, role: 'controlling' | 'controlled') {
    this.#ice = ice;
    this.#role = role;
  }

  /** A check to send to `to` now. */
  create(to: TransportAddress, nominate: boolean, nowMs: number): Buffer {
    const transactionId = randomBytes(12);
    this.#forget(nowMs);
    this.#inFlight.set(transactionId.toString('hex'), { to, nominate, sentAtMs: nowMs });
    return buildCheck({ transactionId, ice: this.#ice, role: this.#role, tieBreaker: this.#tieBreaker, nominate });
  }

  /** The check that this message answers with success, or null where it answers none of ours. */
  answered(message: StunMessage, from: TransportAddress): SentCheck | null {
    if (message.type !== STUN.bindingSuccess || !hasFingerprint(message)) return null;
    const key = message.transactionId.toString('hex');
    const sent = this.#inFlight.get(key);
    // RFC 8445 section 7.2.5.2.1: an answer from elsewhere than the check went to proves nothing about that path.
    if (sent === undefined || addressKey(sent.to) !== addressKey(from)) return null;
    if (!hasIntegrity(message, this.#ice.remotePassword)) return null;
    this.#inFlight.delete(key);
    return sent;
  }

  #forget(nowMs: number): void {
    for (const [key, sent] of this.#inFlight) {
      if (this.#inFlight.size < MAX_IN_FLIGHT && nowMs - sent.sentAtMs <= ANSWER_WITHIN_MS) return;
      this.#inFlight.delete(key);
    }
  }
}

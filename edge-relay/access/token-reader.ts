/** Verifies bearer tokens and remembers the verdict: a viewer shows the same one with every playlist, five times a second. */
import type { Static, TSchema } from 'typebox';
import { claimedIssuer, verifyToken } from '#kit/process/tokens.ts';
import { CodedError } from '#kit/process/errors.ts';
import { EDGE_AUDIENCE, PlaybackClaims, ServiceClaims } from '../contract/access.ts';
import type { Admin, Monitor, Publisher, Viewer } from './principal.ts';
import { isSlug } from './names.ts';
import type { RevokedKeys } from './revoked-keys.ts';

const ISSUED_BY_CAMPUS: ServiceClaims['iss'] = 'campus';
/** Verified tokens remembered; the oldest are forgotten first. */
const REMEMBERED = 20_000;

export interface TokenKeysInUse {
  readonly campusPublicKeyPem: string;
  readonly edgePublicKeyPem: string;
}

export class TokenReader {
  #keys: TokenKeysInUse;
  readonly #revoked: RevokedKeys;
  readonly #now: () => number;
  readonly #playback: VerifiedTokens<typeof PlaybackClaims>;
  readonly #service: VerifiedTokens<typeof ServiceClaims>;

  constructor(keys: TokenKeysInUse, revoked: RevokedKeys, now: () => number) {
    this.#keys = keys;
    this.#revoked = revoked;
    this.#now = now;
    this.#playback = new VerifiedTokens(PlaybackClaims);
    this.#service = new VerifiedTokens(ServiceClaims);
  }

  /** What was signed with the key before is no good from now on. */
  useCampusKey(campusPublicKeyPem: string): void {
    this.#keys = { ...this.#keys, campusPublicKeyPem };
    this.#service.forget();
  }

  /** Whoever shows it, viewer or service. @throws CodedError 401 `bad_token`, `token_expired`, `key_revoked` */
  caller(token: string): Viewer | Publisher | Monitor | Admin {
    return claimedIssuer(token) === ISSUED_BY_CAMPUS ? this.service(token) : this.viewer(token);
  }

  /** @throws CodedError 401 `bad_token`, `token_expired` */
  viewer(token: string): Viewer {
    const claims = this.#playback.read(token, this.#keys.edgePublicKeyPem, this.#now());
    return { kind: 'viewer', account: claims.sub, name: claims.name, room: claims.room, place: claims.jti, token, expiresAtMs: claims.exp * 1000 };
  }

  /** @throws CodedError 401 `bad_token`, `token_expired`, `key_revoked` */
  service(token: string): Publisher | Monitor | Admin {
    const claims = this.#service.read(token, this.#keys.campusPublicKeyPem, this.#now());
    if (claims.scope === 'admin') return { kind: 'admin', actor: claims.sub };
    if (claims.room === undefined || !isSlug(claims.room)) {
      throw new CodedError('bad_token', 'This key names no room. Ask campus for a new one.', { status: 401 });
    }
    const { sub: owner, room, rank = 0 } = claims;
    this.#revoked.demandGood(owner, this.#now());
    return claims.scope === 'watch' ? { kind: 'monitor', owner, room } : { kind: 'publisher', owner, room, rank };
  }
}

class VerifiedTokens<T extends TSchema> {
  readonly #schema: T;
  readonly #seen = new Map<string, { readonly claims: Static<T>; readonly exp: number }>();

  constructor(schema: T) {
    this.#schema = schema;
  }

  read(token: string, publicKeyPem: string, nowMs: number): Static<T> {
    const known = this.#seen.get(token);
    if (known !== undefined && known.exp * 1000 > nowMs) return known.claims;
    this.#seen.delete(token);
    const claims = verifyToken(this.#schema, token, { publicKeyPem, audience: EDGE_AUDIENCE, nowMs });
    this.#remember(token, claims);
    return claims;
  }

  forget(): void {
    this.#seen.clear();
  }

  #remember(token: string, claims: Static<T>): void {
    const [oldest] = this.#seen.keys();
    if (this.#seen.size >= REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    this.#seen.set(token, { claims, exp: (claims as { exp: number }).exp });
  }
}

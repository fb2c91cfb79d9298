import { createHash } from 'node:crypto';

/** One `WWW-Authenticate: Digest` of RFC 7616, of an algorithm that is known here. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  readonly algorithm: 'MD5' | 'SHA-256';
  /** False where the server is so old that it names no quality of protection (RFC 2069). */
  readonly qop: boolean;
  /** The password may be right; only the nonce is too old. */
  readonly stale: boolean;
}

export interface DigestRequest {
  readonly username: string;
  readonly password: string;
  readonly method: string;
  /** Path and query. */
  readonly uri: string;
  /** How often this nonce has been used, with this one. */
  readonly count: number;
  readonly clientNonce: string;
}

const PARAMETER = /([A-Za-z0-9-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g;
const MAX_HEADER = 4_096;

/** The strongest challenge of those that a camera made; null where it made none that can be answered. */
export function chooseChallenge(headers: readonly string[]): DigestChallenge | null {
  const challenges = headers.flatMap((header) => header.slice(0, MAX_HEADER).split(/\bDigest\s+/i).slice(1)).flatMap((text) => challengeOf(text) ?? []);
  return challenges.find(({ algorithm }) => algorithm === 'SHA-256') ?? challenges[0] ?? null;
}

function challengeOf(text: string): DigestChallenge | null {
  const given = new Map([...text.matchAll(PARAMETER)].map(([, name = '', quoted, token]) => [name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token ?? '']));
  const algorithm = (given.get('algorithm') ?? 'MD5').toUpperCase();
  const qop = given.get('qop');
  const nonce = given.get('nonce');
  if (nonce === undefined || (algorithm !== 'MD5' && algorithm !== 'SHA-256')) return null;
  if (qop !== undefined && !qop.split(',').some((one) => one.trim() === 'auth')) return null;
  const stale = given.get('stale')?.toLowerCase() === 'true';
  return { realm: given.get('realm') ?? '', nonce, opaque: given.get('opaque') ?? null, algorithm, qop: qop !== undefined, stale };
}

/** The `Authorization` header (RFC 7616, section 3.4). */
export function digestAuthorization(challenge: DigestChallenge, request: DigestRequest): string {
  const { realm, nonce, opaque, algorithm, qop } = challenge;
  const { username, password, method, uri, clientNonce } = request;
  const hash = (text: string): string => createHash(algorithm === 'MD5' ? 'md5' : 'sha256').update(text).digest('hex');
  const count = request.count.toString(16).padStart(8, '0');
  const used = qop ? `${nonce}:${count}:${clientNonce}:auth` : nonce;
  const response = hash(`${hash(`${username}:${realm}:${password}`)}:${used}:${hash(`${method}:${uri}`)}`);
  return [
    `Digest username=${quoted(username)}`, `realm=${quoted(realm)}`, `nonce=${quoted(nonce)}`, `uri=${quoted(uri)}`,
    `algorithm=${algorithm}`, `response="${response}"`,
    ...(qop ? ['qop=auth', `nc=${count}`, `cnonce="${clientNonce}"`] : []),
    ...(opaque === null ? [] : [`opaque=${quoted(opaque)}`]),
  ].join(', ');
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

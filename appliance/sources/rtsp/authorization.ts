/** How a camera lets us in: Basic (RFC 7617) and Digest (RFC 2617, SHA-256 from RFC 7616), without side effects. */
import { createHash } from 'node:crypto';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'digest';
      readonly realm: string;
      readonly nonce: string;
      readonly opaque: string | null;
      readonly algorithm: 'MD5' | 'SHA-256';
      readonly qop: boolean;
      /** The nonce was too old and the credentials right: ask again with this one. */
      readonly stale: boolean;
    };

/** The best of what `WWW-Authenticate` offers, or null where nothing of it is known. */
export function challengeOf(headers: readonly string[]): Challenge | null {
  const offers = headers.flatMap((header) => digestOf(header) ?? []);
  const digest = offers.find(({ algorithm }) => algorithm === 'SHA-256') ?? offers[0];
  if (digest !== undefined) return digest;
  return headers.some((header) => /^basic\b/i.test(header)) ? { scheme: 'basic' } : null;
}

function digestOf(header: string): Extract<Challenge, { scheme: 'digest' }> | null {
  if (!/^digest\b/i.test(header)) return null;
  const values = new Map<string, string>();
  for (const [, name = '', quoted, bare] of header.matchAll(/([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi)) {
    values.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '');
  }
  const nonce = values.get('nonce');
  const algorithm = (values.get('algorithm') ?? 'MD5').toUpperCase();
  if (nonce === undefined || (algorithm !== 'MD5' && algorithm !== 'SHA-256')) return null;
  const qop = (values.get('qop') ?? '').split(',').some((offer) => offer.trim().toLowerCase() === 'auth');
  return {
    scheme: 'digest', realm: values.get('realm') ?? '', nonce, opaque: values.get('opaque') ?? null, algorithm, qop,
    stale: values.get('stale')?.toLowerCase() === 'true',
  };
}

export interface Asked {
  readonly method: string;
  readonly url: string;
  /** Counts the requests with this nonce, from 1. */
  readonly count: number;
  /** Chosen by us, at random. */
  readonly clientNonce: string;
}

/** The value of `Authorization`. */
export function authorizationOf(challenge: Challenge, { user, password }: Credentials, asked: Asked): string {
  if (challenge.scheme === 'basic') return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const { realm, nonce, opaque, algorithm, qop } = challenge;
  const hash = (text: string): string => createHash(algorithm === 'MD5' ? 'md5' : 'sha256').update(text).digest('hex');
  const count = asked.count.toString(16).padStart(8, '0');
  const middle = qop ? `${nonce}:${count}:${asked.clientNonce}:auth` : nonce;
  const response = hash(`${hash(`${user}:${realm}:${password}`)}:${middle}:${hash(`${asked.method}:${asked.url}`)}`);
  const fields = [
    `username="${escaped(user)}"`, `realm="${escaped(realm)}"`, `nonce="${escaped(nonce)}"`, `uri="${asked.url}"`, `response="${response}"`,
    // Some cameras refuse an algorithm that they did not name.
    ...(algorithm === 'MD5' ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === null ? [] : [`opaque="${escaped(opaque)}"`]),
    ...(qop ? ['qop=auth', `nc=${count}`, `cnonce="${asked.clientNonce}"`] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

function escaped(text: string): string {
  return text.replaceAll(/["\\]/g, '\\$&');
}

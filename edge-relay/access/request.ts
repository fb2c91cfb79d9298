/** The few things that a door reads off a request. */
import { fastifyCookie } from '@fastify/cookie';
import type { FastifyRequest } from 'fastify';
import { CodedError } from '#kit/process/errors.ts';

export const SESSION_COOKIE = 'lectern_session';
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const MAX_TOKEN_CHARS = 4096;

export function bearerOf(request: FastifyRequest): string | null {
  const [scheme, token, ...more] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || token === undefined || more.length > 0) return null;
  return token === '' || token.length > MAX_TOKEN_CHARS ? null : token;
}

export function cookieOf(request: FastifyRequest): string | null {
  return fastifyCookie.parse(request.headers.cookie ?? '')[SESSION_COOKIE] ?? null;
}

/** A string field of params or query, which are not validated yet when a door looks at them. */
export function fieldOf(fields: unknown, name: string): string | null {
  if (typeof fields !== 'object' || fields === null) return null;
  const value: unknown = Reflect.get(fields, name);
  return typeof value === 'string' && value.length <= MAX_TOKEN_CHARS ? value : null;
}

/**
 * A cookie is sent by any page that makes a form post here, so a change made under one must come from our own pages
 * (the Origin header, RFC 6454 section 7, which browsers always send with such requests and scripts cannot forge).
 */
export function demandSameOrigin(request: FastifyRequest, allowed: readonly string[]): void {
  if (READS.has(request.method)) return;
  const origin = request.headers.origin ?? '';
  const own = origin === `${request.protocol}://${request.host}`;
  if (!own && !allowed.includes(origin)) {
    throw new CodedError('wrong_origin', 'This request did not come from the class\'s own pages. Open the watch page and try again.', { status: 403 });
  }
}

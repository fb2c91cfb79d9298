import type { FastifyRequest } from 'fastify';
import { CodedError } from '#kit/process/errors.ts';
import type { Enrolments } from './enrolments.ts';
import type { Person, Users } from './users.ts';

/** Who may call a route of the fleet: `session` is anyone of the console, `admin` who may change things, `poll` a box and its own enrolment. */
export type FleetAccess = 'session' | 'admin' | 'poll';

export const COOKIE = 'lectern_console';
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface FleetAccessDeps {
  readonly users: Users;
  readonly enrolments: Enrolments;
  /** Origins of the console's own pages; what else a browser sends the cookie for is not obeyed. */
  readonly origins: readonly string[];
}

/** @throws CodedError 401 `no_session`, 403 `admin_needed` or `foreign_origin` */
export function authoriseFleet(access: FleetAccess, request: FastifyRequest, deps: FleetAccessDeps): void {
  if (access === 'poll') return authorisePoll(request, deps.enrolments);
  const person = personOf(request, deps);
  if (!person) throw new CodedError('no_session', 'Sign in to the console first.', { status: 401 });
  if (access === 'admin' && person.role !== 'admin') {
    throw new CodedError('admin_needed', 'Support staff can look at everything; this needs an admin.', { status: 403 });
  }
  request.principal = person;
}

/** Who a route that was authorised as `session` or `admin` is being called by. */
export function callerOf(request: FastifyRequest): Person {
  return request.principal as Person;
}

/** The secret of `Authorization: Bearer` (RFC 6750, section 2.1). */
export function bearerOf(request: FastifyRequest): string | null {
  return /^Bearer ([\w.~+/=-]{1,4096})$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

export function sessionTokenOf(request: FastifyRequest): string | null {
  return bearerOf(request) ?? cookieOf(request);
}

function cookieOf(request: FastifyRequest): string | null {
  return new RegExp(`(?:^|; )${COOKIE}=([\\w-]{20,100})(?:;|$)`).exec(request.headers.cookie ?? '')?.[1] ?? null;
}

function personOf(request: FastifyRequest, { users, origins }: FleetAccessDeps): Person | null {
  const bearer = bearerOf(request);
  if (bearer !== null) return users.person(bearer);
  const cookie = cookieOf(request);
  if (cookie === null) return null;
  // A browser adds the cookie by itself: what changes something must come from our own page (SameSite is the first wall, this the second).
  if (!SAFE_METHODS.has(request.method) && !origins.includes(request.headers.origin ?? '')) {
    throw new CodedError('foreign_origin', "This request did not come from the console's own page.", { status: 403 });
  }
  return users.person(cookie);
}

function authorisePoll(request: FastifyRequest, enrolments: Enrolments): void {
  const { id } = request.params as { id?: string };
  if (!enrolments.mayPoll(id ?? '', bearerOf(request) ?? '')) {
    throw new CodedError('bad_poll_token', 'This is not the token of that enrolment.', { status: 401 });
  }
}

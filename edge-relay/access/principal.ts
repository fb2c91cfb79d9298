/** Who is calling, as the doors found out. */
import type { FastifyRequest } from 'fastify';
import { CodedError } from '#kit/process/errors.ts';

export interface Student {
  readonly kind: 'student';
  readonly account: string;
  readonly name: string;
  /** Hash of the session's secret. */
  readonly session: string;
}

/** The bearer of a playback token. */
export interface Viewer {
  readonly kind: 'viewer';
  readonly account: string;
  readonly name: string;
  readonly room: string;
  /** Playback session (`jti`). */
  readonly place: string;
  readonly token: string;
  readonly expiresAtMs: number;
}

/** The room's box, or another encoder that campus lets publish there. */
export interface Publisher {
  readonly kind: 'publisher';
  readonly owner: string;
  readonly room: string;
  /** Of two publishers of a room the higher has it. */
  readonly rank: number;
}

/** Looks at what students of the room see, for the room's panel. */
export interface Monitor {
  readonly kind: 'monitor';
  readonly owner: string;
  readonly room: string;
}

export interface Admin {
  readonly kind: 'admin';
  readonly actor: string;
}

export type Principal = Student | Viewer | Publisher | Monitor | Admin;

/** The caller of a request whose door lets only these kinds in. A mismatch is a defect of the route's table. */
export function principalOf<K extends Principal['kind']>(request: FastifyRequest, ...kinds: readonly K[]): Extract<Principal, { kind: K }> {
  const principal = request.principal as Principal | null;
  if (principal === null || !(kinds as readonly string[]).includes(principal.kind)) {
    throw new CodedError('internal', 'This request was let in by the wrong door.', { status: 500 });
  }
  return principal as Extract<Principal, { kind: K }>;
}

/** For doors that let strangers in too. */
export function principalOrNull(request: FastifyRequest): Principal | null {
  return request.principal as Principal | null;
}

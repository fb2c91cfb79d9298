import type { FastifyRequest } from 'fastify';
import { CodedError } from '#kit/process/errors.ts';
import { verifyToken } from '#kit/process/tokens.ts';
import { LIBRARY_AUDIENCE, LibraryClaims } from '../contract/library.ts';
import type { EdgeKey } from './edge-key.ts';
import { checkGrant } from './grant.ts';

/** Who may call a route of the library: `upload` a box for its room, `catalogue` the edge, `media` a viewer with a grant. */
export type LibraryAccess = 'upload' | 'catalogue' | 'media';

export interface LibraryAccessDeps {
  readonly campusKeyPem: string;
  readonly edgeKey: EdgeKey;
  readonly grantSecret: string;
  readonly now: () => number;
}

export async function authoriseLibrary(access: LibraryAccess, request: FastifyRequest, deps: LibraryAccessDeps): Promise<void> {
  switch (access) {
    case 'upload':
      request.principal = uploadClaims(request, deps);
      return;
    case 'catalogue':
      request.principal = await catalogueClaims(request, deps);
      return;
    case 'media':
      return authoriseMedia(request, deps);
  }
}

/** Whether a request that was authorised as `upload` is from a box that stands in the room, or stood there. */
export function isOfRoom(request: FastifyRequest, room: string): boolean {
  const claims = request.principal as LibraryClaims;
  return claims.room === room || (claims.earlierRooms ?? []).includes(room);
}

export function foreignRoom(): CodedError {
  return new CodedError('foreign_room', 'A box may send only the recordings of rooms that it stood in.', { status: 403 });
}

export function bearerToken(request: FastifyRequest): string {
  const token = /^Bearer ([\w.-]{1,4096})$/i.exec(request.headers.authorization ?? '')?.[1];
  if (!token) throw new CodedError('no_token', 'This needs a bearer token.', { status: 401 });
  return token;
}

function uploadClaims(request: FastifyRequest, { campusKeyPem, now }: LibraryAccessDeps): LibraryClaims {
  const claims = verifyToken(LibraryClaims, bearerToken(request), { publicKeyPem: campusKeyPem, audience: LIBRARY_AUDIENCE, nowMs: now() });
  if (claims.iss !== 'campus' || claims.scope !== 'upload' || !claims.room) throw wrongScope();
  return claims;
}

async function catalogueClaims(request: FastifyRequest, { edgeKey, now }: LibraryAccessDeps): Promise<LibraryClaims> {
  const token = bearerToken(request);
  const claims = await edgeKey.with((publicKeyPem) => verifyToken(LibraryClaims, token, { publicKeyPem, audience: LIBRARY_AUDIENCE, nowMs: now() }));
  if (claims.iss !== 'edge' || claims.scope !== 'catalogue') throw wrongScope();
  return claims;
}

function authoriseMedia(request: FastifyRequest, { grantSecret, now }: LibraryAccessDeps): void {
  const { id } = request.params as { id?: string };
  const { grant } = request.query as { grant?: unknown };
  checkGrant(grantSecret, id ?? '', typeof grant === 'string' ? grant : '', now());
}

function wrongScope(): CodedError {
  return new CodedError('wrong_scope', 'This token is good for something else.', { status: 403 });
}

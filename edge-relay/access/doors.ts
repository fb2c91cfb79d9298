/**
 * The authorisation table: every route of the edge names one of these doors, and a door looks at nothing but who is calling and
 * which room the URL names: neither whether the room exists nor what the body says.
 */
import type { FastifyRequest } from 'fastify';
import { CodedError } from '#kit/process/errors.ts';
import type { Entitlements } from './entitlements.ts';
import type { PartSigner } from './part-signature.ts';
import type { Admin, Monitor, Principal, Publisher, Student, Viewer } from './principal.ts';
import { bearerOf, cookieOf, demandSameOrigin, fieldOf } from './request.ts';
import type { Students } from './students.ts';
import type { TokenReader } from './token-reader.ts';

export const DOORS = ['admin', 'student', 'visitor', 'publish', 'watch', 'playlist', 'part', 'room'] as const;
export type Door = (typeof DOORS)[number];

export interface DoorKeepers {
  readonly tokens: TokenReader;
  readonly students: Students;
  readonly entitlements: Entitlements;
  /** Throws where this viewer was asked to leave, or was sent on to another edge. */
  readonly demandWelcome: (viewer: Viewer) => void;
  readonly parts: PartSigner;
  /** Origins, beside the request's own, whose pages may use a student's cookie to change something. */
  readonly webOrigins: readonly string[];
}

type Check = (request: FastifyRequest) => Principal | null;

/** What `createHttp` calls before anything else of a request is looked at. */
export function doors(keepers: DoorKeepers): (access: string, request: FastifyRequest) => void {
  const checks: Record<Door, Check> = {
    admin: (request) => adminAt(keepers, request),
    student: (request) => studentAt(keepers, request),
    visitor: (request) => visitorAt(keepers, request),
    publish: (request) => publisherAt(keepers, request),
    watch: (request) => watcherAt(keepers, request),
    playlist: (request) => viewerAt(keepers, fieldOf(request.query, 'token') ?? bearerOf(request), roomOf(request)),
    part: (request) => partAt(keepers, request),
    room: (request) => roomAt(keepers, request),
  };
  return (access, request) => {
    const check = checks[access as Door] as Check | undefined;
    if (check === undefined) throw new CodedError('internal', `No door is called ${access}.`, { status: 500 });
    request.principal = check(request);
  };
}

function adminAt({ tokens }: DoorKeepers, request: FastifyRequest): Admin {
  const service = tokens.service(demandBearer(request));
  if (service.kind !== 'admin') throw new CodedError('admin_needed', 'Only campus may do this.', { status: 403 });
  return service;
}

function studentAt(keepers: DoorKeepers, request: FastifyRequest): Student {
  const student = visitorAt(keepers, request);
  if (student === null) throw new CodedError('sign_in_needed', 'Sign in first, with the link you were sent.', { status: 401 });
  return student;
}

function visitorAt({ students, webOrigins }: DoorKeepers, request: FastifyRequest): Student | null {
  const bearer = bearerOf(request);
  if (bearer !== null) return students.find(bearer);
  const student = students.find(cookieOf(request) ?? '');
  if (student !== null) demandSameOrigin(request, webOrigins);
  return student;
}

function publisherAt({ tokens }: DoorKeepers, request: FastifyRequest): Publisher {
  const service = tokens.service(demandBearer(request));
  if (service.kind !== 'publisher') throw new CodedError('publish_key_needed', 'Publishing needs the room\'s publishing key.', { status: 403 });
  demandRoom(service.room, request);
  return service;
}

/** A student with a playback token, or the room's own panel, which looks at what students see; boxes of an earlier release give it their publishing key. */
function watcherAt(keepers: DoorKeepers, request: FastifyRequest): Viewer | Monitor {
  const bearer = demandBearer(request);
  const caller = keepers.tokens.caller(bearer);
  if (caller.kind === 'viewer') return admitted(keepers, caller, roomOf(request));
  if (caller.kind === 'admin') throw tokenNeeded();
  demandRoom(caller.room, request);
  return { kind: 'monitor', owner: caller.owner, room: caller.room };
}

export type PlaylistKeepers = Pick<DoorKeepers, 'tokens' | 'entitlements' | 'demandWelcome'>;

/** The door of playlists, for whoever has read token and room off a request. @throws CodedError 401, 403, or 503 `draining` */
export function viewerAt(keepers: PlaylistKeepers, token: string | null, room: string): Viewer {
  if (token === null) throw tokenNeeded();
  return admitted(keepers, keepers.tokens.viewer(token), room);
}

function admitted({ entitlements, demandWelcome }: PlaylistKeepers, viewer: Viewer, room: string): Viewer {
  if (viewer.room !== room) throw wrongRoom();
  entitlements.demandStill(viewer.account, viewer.room);
  demandWelcome(viewer);
  return viewer;
}

function partAt({ parts }: DoorKeepers, request: FastifyRequest): null {
  const sig = fieldOf(request.query, 'sig') ?? '';
  const until = Number(fieldOf(request.query, 'until') ?? Number.NaN);
  if (!parts.verify(roomOf(request), { name: fieldOf(request.params, 'resource') ?? '', sig, until })) {
    throw new CodedError('bad_signature', 'This media address is not one of ours. Load the playlist.', { status: sig === '' ? 401 : 403 });
  }
  return null;
}

/** Anyone may ask about a room; its box and campus are told more. A service token that is not good is refused, not ignored. */
function roomAt({ tokens }: DoorKeepers, request: FastifyRequest): Publisher | Admin | null {
  const bearer = bearerOf(request);
  if (bearer === null || !bearer.includes('.')) return null;
  const service = tokens.service(bearer);
  if (service.kind === 'monitor') return null;
  if (service.kind === 'publisher') demandRoom(service.room, request);
  return service;
}

function demandBearer(request: FastifyRequest): string {
  const bearer = bearerOf(request);
  if (bearer === null) throw new CodedError('token_needed', 'This address needs an Authorization: Bearer token.', { status: 401 });
  return bearer;
}

function tokenNeeded(): CodedError {
  return new CodedError('token_needed', 'This address needs a playback token. Open the class from its watch page.', { status: 401 });
}

function demandRoom(room: string, request: FastifyRequest): void {
  if (room !== roomOf(request)) throw wrongRoom();
}

function wrongRoom(): CodedError {
  return new CodedError('wrong_room', 'This token is for another room.', { status: 403 });
}

function roomOf(request: FastifyRequest): string {
  return fieldOf(request.params, 'room') ?? '';
}

/** What anybody may know of a room, and what its box and campus may know on top; the storefront. */
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Http } from '#kit/process/http.ts';
import { offerFrom, unknownRoom } from '../access/entitlements.ts';
import type { Course } from '../access/model.ts';
import { Slug } from '../access/names.ts';
import type { CatalogueStore, TicketStore } from '../access/ports.ts';
import { principalOrNull } from '../access/principal.ts';
import { RoomInfo, Storefront } from '../contract/api.ts';
import type { Replays } from '../replays/replays.ts';
import type { IngestState } from '../rooms/room.ts';

export interface RoomOptions {
  readonly catalogue: CatalogueStore;
  readonly tickets: TicketStore;
  readonly replays: Replays;
  readonly publicUrl: string;
  readonly stateOf: (room: string) => { readonly live: boolean; readonly viewers: number };
  readonly ingestOf: (room: string) => IngestState;
  readonly now: () => number;
}

/** Courses are listed until this long after their end. */
const LISTED_AFTER_MS = 60 * 60_000;

export function roomRoutes(http: Http, options: RoomOptions): void {
  const params = Type.Object({ room: Slug });
  http.get('/api/rooms/:room', { config: { access: 'room' }, schema: { params, response: { 200: RoomInfo } } }, async (request) => {
    return roomInfo(options, request.params.room, principalOrNull(request) !== null);
  });
  http.get('/api/storefront', { config: { access: 'visitor' }, schema: { response: { 200: Storefront } } }, async (request) => {
    return storefront(options, request);
  });
}

function roomInfo(options: RoomOptions, room: string, privileged: boolean): RoomInfo {
  const { catalogue, now } = options;
  const record = catalogue.room(room);
  // A box may come to its room before campus has told this edge of it.
  if (record === null && !privileged) throw unknownRoom(room);
  const courses = catalogue.courses(room);
  const nowMs = now();
  const current = courses.find((course) => course.startsAtMs !== null && course.startsAtMs <= nowMs && nowMs < (course.endsAtMs ?? Infinity));
  const next = courses.find((course) => course.startsAtMs !== null && course.startsAtMs > nowMs);
  return {
    room, name: record?.name ?? room, ...options.stateOf(room),
    current: current === undefined ? null : { title: current.title, teacher: current.teacher, startedAt: iso(current.startsAtMs) },
    next: next === undefined || next.startsAtMs === null ? null : { title: next.title, teacher: next.teacher, startsAt: new Date(next.startsAtMs).toISOString() },
    ...(privileged ? { ingest: ingestInfo(options.ingestOf(room)) } : {}),
  };
}

function ingestInfo({ protocol, lastMediaAtMs, bytes, delayMs, layers }: IngestState): RoomInfo['ingest'] {
  return { protocol, lastMediaAt: iso(lastMediaAtMs), bytes, delayMs, layers: [...layers] };
}

async function storefront(options: RoomOptions, request: FastifyRequest): Promise<Storefront> {
  const principal = principalOrNull(request);
  const student = principal?.kind === 'student' ? principal : null;
  const held = student === null ? new Set<string>() : options.tickets.held(student.account);
  const listed = options.catalogue.notOverBy(options.now() - LISTED_AFTER_MS);
  return {
    student: student === null ? null : { name: student.name },
    courses: listed.map((course) => courseInfo(options, course, held)),
    replays: student === null ? [] : await options.replays.list(student.account),
  };
}

function courseInfo(options: RoomOptions, course: Course, held: ReadonlySet<string>): Storefront['courses'][number] {
  const { room } = course;
  return {
    offer: offerFrom(course), room, live: options.stateOf(room).live, hasTicket: held.has(course.course),
    watchUrl: new URL(`/watch/${room}`, options.publicUrl).href,
  };
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** Campus's hand on rooms, courses, accounts and tickets. Idempotent, and each on record. */
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import type { Entitlements } from '../access/entitlements.ts';
import { unknownRoom } from '../access/entitlements.ts';
import { Slug } from '../access/names.ts';
import type { AuditLog, CatalogueStore, SessionStore, TicketStore } from '../access/ports.ts';
import { principalOf } from '../access/principal.ts';
import type { RevokedKeys } from '../access/revoked-keys.ts';
import type { Students } from '../access/students.ts';
import { AccountToken, AdminAccount, AdminCourse, AdminPublisher, AdminRoom, GrantLifetime, SignInLink } from '../contract/api.ts';

export interface AdminOptions {
  readonly catalogue: CatalogueStore;
  readonly tickets: TicketStore;
  readonly sessions: SessionStore;
  readonly students: Students;
  readonly entitlements: Entitlements;
  readonly revokedKeys: RevokedKeys;
  /** Ends what a publisher sends and looks at. */
  readonly dismissPublisher: (owner: string, reason: string) => void;
  readonly audit: AuditLog;
  readonly publicUrl: string;
  readonly now: () => number;
}

const RoomParams = Type.Object({ room: Slug });
const CourseParams = Type.Object({ course: Slug });
const AccountParams = Type.Object({ account: Slug });
const PublisherParams = Type.Object({ owner: Slug });
const TicketParams = Type.Object({ account: Slug, course: Slug });
const config = { access: 'admin' };

/** Requests that changed nothing: campus tells its rooms and courses again every minute, and would push out of the audit what people did. */
type Idle = WeakSet<FastifyRequest>;

export function adminRoutes(http: Http, options: AdminOptions): void {
  const idle: Idle = new WeakSet();
  recordChanges(http, options, idle);
  catalogueRoutes(http, options, idle);
  publisherRoutes(http, options, idle);
  ticketRoutes(http, options, idle);
  signInRoutes(http, options);
}

/** After the answer, so that the audit says what happened and not what was tried. */
function recordChanges(http: Http, { audit, now }: AdminOptions, idle: Idle): void {
  http.addHook('onSend', async (request, reply, payload) => {
    if (request.routeOptions.config.access !== 'admin' || request.method === 'GET' || reply.statusCode >= 300 || idle.has(request)) return payload;
    audit.record({ atMs: now(), actor: principalOf(request, 'admin').actor, action: request.method, subject: request.url });
    return payload;
  });
}

function catalogueRoutes(http: Http, { catalogue, sessions, entitlements }: AdminOptions, idle: Idle): void {
  http.put('/api/admin/rooms/:room', { config, schema: { params: RoomParams, body: AdminRoom } }, async (request, reply) => {
    if (catalogue.putRoom({ room: request.params.room, ...request.body })) entitlements.changed();
    else idle.add(request);
    return reply.code(204).send();
  });
  http.put('/api/admin/courses/:course', { config, schema: { params: CourseParams, body: AdminCourse } }, async (request, reply) => {
    const { startsAt, endsAt, ...course } = request.body;
    if (catalogue.room(course.room) === null) throw unknownRoom(course.room);
    demandHttpUrl(course.buyUrl);
    if (catalogue.putCourse({ course: request.params.course, ...course, startsAtMs: instant(startsAt), endsAtMs: instant(endsAt) })) entitlements.changed();
    else idle.add(request);
    return reply.code(204).send();
  });
  http.put('/api/admin/accounts/:account', { config, schema: { params: AccountParams, body: AdminAccount } }, async (request, reply) => {
    if (!sessions.putAccount({ account: request.params.account, ...request.body })) idle.add(request);
    return reply.code(204).send();
  });
}

function publisherRoutes(http: Http, { revokedKeys, dismissPublisher }: AdminOptions, idle: Idle): void {
  http.put('/api/admin/publishers/:owner', { config, schema: { params: PublisherParams, body: AdminPublisher } }, async (request, reply) => {
    const { owner } = request.params;
    if (!revokedKeys.revoke(owner, Date.parse(request.body.refusedUntil))) idle.add(request);
    dismissPublisher(owner, 'its key was revoked');
    return reply.code(204).send();
  });
}

function ticketRoutes(http: Http, { catalogue, tickets, sessions, entitlements, now }: AdminOptions, idle: Idle): void {
  const ticket = '/api/admin/tickets/:account/:course';
  http.put(ticket, { config, schema: { params: TicketParams } }, async (request, reply) => {
    const { account, course } = request.params;
    if (sessions.account(account) === null) throw new CodedError('unknown_account', `There is no account ${account}. Create it first.`, { status: 404 });
    if (catalogue.course(course) === null) throw new CodedError('unknown_course', `There is no course ${course}. Create it first.`, { status: 404 });
    if (tickets.grant(account, course, now())) entitlements.changed();
    else idle.add(request);
    return reply.code(204).send();
  });
  http.delete(ticket, { config, schema: { params: TicketParams } }, async (request, reply) => {
    const { account, course } = request.params;
    if (!tickets.revoke(account, course)) idle.add(request);
    entitlements.revoked(account);
    return reply.code(204).send();
  });
}

function signInRoutes(http: Http, { students, publicUrl }: AdminOptions): void {
  const schema = { params: AccountParams, body: GrantLifetime };
  http.post('/api/admin/accounts/:account/sign-in-links', { config, schema: { ...schema, response: { 201: SignInLink } } }, async (request, reply) => {
    const { seconds, reusable = false } = request.body;
    const { secret, expiresAtMs } = students.issueLink(request.params.account, { seconds, reusable });
    const url = new URL('/sign-in', publicUrl);
    url.searchParams.set('link', secret);
    return reply.code(201).send({ url: url.href, expiresAt: new Date(expiresAtMs).toISOString() });
  });
  http.post('/api/admin/accounts/:account/tokens', { config, schema: { ...schema, response: { 201: AccountToken } } }, async (request, reply) => {
    const { secret, expiresAtMs } = students.issueToken(request.params.account, request.body.seconds);
    return reply.code(201).send({ token: secret, expiresAt: new Date(expiresAtMs).toISOString() });
  });
}

/** It becomes a link on a page: `javascript:` is a URI too. */
function demandHttpUrl(url: string): void {
  if (!/^https?:\/\//i.test(url)) throw new CodedError('bad_request', 'buyUrl must begin with http:// or https://.');
}

function instant(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

import { createHttp, type Http, listenOn } from '#kit/process/http.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { sleep, supervise } from '#kit/process/supervisor.ts';
import { servePages } from '#kit/process/web.ts';
import type { FastifyRequest } from 'fastify';
import type { Server } from 'node:https';
import { Registry } from 'prom-client';
import Type from 'typebox';
import { checkSameSite } from '../access/same-site.ts';
import { ShareJoin, ShareRoom, ShareSession, ShareStandingAnswer } from '../contract/share.ts';
import type { Identity } from '../share/identity.ts';
import type { ShareDesk } from '../share/share-desk.ts';
import { bearerOf } from './authorise.ts';
import { acceptSdpOnly, answerTrickle, answerWith, MAX_SDP_BYTES, offerOf } from './sdp-body.ts';

export interface ShareServerParts {
  readonly host: string;
  readonly port: number;
  readonly share: {
    readonly desk: ShareDesk;
    /** What the box may be called here; a page that calls it otherwise is a stranger's. */
    names(): readonly string[];
    identity(): Promise<Identity>;
  };
  readonly roomName: () => string;
  readonly panelDist: string;
  readonly audit: (who: string, what: string, details: Readonly<Record<string, unknown>>) => void;
  readonly log: Log;
}

/** A box that is not set up for laptops has neither. */
type MaybeShareServerParts = Omit<ShareServerParts, 'share' | 'host' | 'port'> & { readonly share: ShareServerParts['share'] | null; readonly host?: string; readonly port?: number };

/** `guest`: anybody on the room's network. `laptop`: one that typed the code. */
type Access = 'guest' | 'laptop';
const guest = { access: 'guest' satisfies Access };
const laptop = { access: 'laptop' satisfies Access };
const Session = Type.Object({ id: Type.String({ maxLength: 64 }) });
/** A certificate is looked at this often: names change with the network, and a school's own is renewed by others. */
const LOOK_EVERY_MS = 60_000;

/**
 * The HTTPS port on which a laptop shares its screen, where the box offers one. A port that is taken or a bad certificate is the laptops'
 * trouble alone: it is tried again, and the class goes on.
 */
export async function keepShareServer(parts: MaybeShareServerParts, signal: AbortSignal): Promise<void> {
  const { share, host, port } = parts;
  if (share === null || host === undefined || port === undefined) return;
  await supervise('share page', (scope) => runShareServer({ ...parts, share, host, port }, scope), { signal, log: parts.log });
}

/** Until the signal aborts. @throws CodedError `port_in_use`, `bad_certificate` */
async function runShareServer(parts: ShareServerParts, signal: AbortSignal): Promise<void> {
  const { http, port } = await openShareServer(parts);
  parts.log.info({ port }, 'laptops can share their screens');
  try {
    while (!signal.aborted) {
      await sleep(LOOK_EVERY_MS, signal);
      if (!signal.aborted) (http.server as unknown as Server).setSecureContext(await parts.share.identity());
    }
  } finally {
    parts.share.desk.stop();
    await http.close();
  }
}

export async function openShareServer(parts: ShareServerParts): Promise<{ http: Http; port: number }> {
  const { host, port, share, panelDist, log } = parts;
  const http = await createHttp({
    name: 'share', log, tls: await share.identity(),
    authorise: (access, request) => authorise(parts, access, request),
    // Nothing of the box's inside is told to those who only share.
    health: () => ({ ok: true, reasons: [] }), metrics: new Registry(),
  });
  sessionRoutes(http, parts);
  await http.register(async (scope) => whipRoutes(scope as Http, parts));
  await servePages(http, { dist: panelDist, file: 'share.html', pages: ['/share'], connect: () => [] });
  http.get('/', { config: { access: 'public' }, schema: { hide: true } }, async (_request, reply) => reply.redirect('/share'));
  return { http, port: await listenOn(http, { host, port }) };
}

function authorise({ share }: ShareServerParts, access: string, request: FastifyRequest): void {
  checkSameSite(request.headers, share.names());
  if (access === 'guest') return;
  const guestId = share.desk.guestOf(bearerOf(request));
  if (guestId === null) throw new CodedError('not_joined', 'Type the code that the room’s screen shows.', { status: 401 });
  request.principal = guestId;
}

function sessionRoutes(http: Http, { share: { desk }, roomName, audit }: ShareServerParts): void {
  http.get('/share/room', { config: guest, schema: { response: { 200: ShareRoom } } }, async () => ({ room: roomName(), open: desk.state().open }));
  const limited = { ...guest, rateLimit: { max: 20, timeWindow: 60_000 } };
  http.post('/share/session', { config: limited, schema: { body: ShareJoin, response: { 200: ShareSession } } }, async (request) => {
    const session = desk.join(request.body, request.ip);
    audit(`laptop ${request.ip}`, 'share-joined', { name: request.body.name, standing: session.standing });
    return session;
  });
  http.get('/share/session', { config: laptop, schema: { response: { 200: ShareStandingAnswer } } }, async (request) => ({ standing: desk.standingOf(guestIdOf(request)) }));
  http.delete('/share/session', { config: laptop }, async (request, reply) => {
    desk.leave(guestIdOf(request));
    return reply.code(204).send();
  });
}

/** WHIP (RFC 9725). In a scope of its own: the body parsers are for these routes alone. */
function whipRoutes(http: Http, { share: { desk }, audit }: ShareServerParts): void {
  acceptSdpOnly(http);
  http.post('/share/whip', { config: laptop, bodyLimit: MAX_SDP_BYTES }, async (request, reply) => {
    const answer = await desk.accept(guestIdOf(request), offerOf(request));
    audit(`laptop ${request.ip}`, 'share-began', {});
    return answerWith(reply, '/share/whip', answer);
  });
  http.delete('/share/whip/:id', { config: laptop, schema: { params: Session } }, async (request, reply) => {
    if (!desk.owns(guestIdOf(request), request.params.id)) throw new CodedError('no_session', 'This share has ended already.', { status: 404 });
    desk.leave(guestIdOf(request));
    return reply.code(200).send();
  });
  http.patch('/share/whip/:id', { config: laptop, bodyLimit: MAX_SDP_BYTES, schema: { params: Session } }, async (request, reply) => answerTrickle(request, reply));
}

function guestIdOf(request: FastifyRequest): string {
  return String(request.principal);
}

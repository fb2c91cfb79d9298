/** What WHIP and WHEP share as HTTP (RFC 9725): bodies, CORS, the session resource with PATCH and DELETE. */
import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { badSdp } from '#kit/webrtc/sdp/description.ts';
import type { WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { Slug } from '../access/names.ts';
import type { Door } from '../access/doors.ts';
import { principalOf } from '../access/principal.ts';
import { bearerOf } from '../access/request.ts';
import type { IceServers } from './ice-servers.ts';
import { ownerOf, type Resource, type Resources } from './resources.ts';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
/** Offers of browsers have 5 to 10 kB. */
const MAX_SDP_BYTES = 64 * 1024;

const RoomParams = Type.Object({ room: Slug });
const SessionParams = Type.Object({ room: Slug, session: Type.String({ maxLength: 64 }) });

export interface Endpoint {
  readonly path: '/whip' | '/whep';
  readonly door: Door;
  readonly resources: Resources;
  readonly iceServers: IceServers;
  readonly webrtc: Pick<WebRtcEndpoint, 'acceptRestart'>;
  /** `gone` aborts when nobody waits for the answer any more. */
  answer(request: FastifyRequest<{ Params: { room: string } }>, offer: string, gone: AbortSignal): Promise<{ resource: Resource; answerSdp: string }>;
}

/** What a door asks of a request, for the one route that is open to those who bring no token, too. */
type Authorise = (access: Door, request: FastifyRequest) => void;

/** Call inside a scope of its own: it sets body parsers and headers for these routes alone. */
export function webRtcRoutes(http: Http, endpoint: Endpoint, authorise: Authorise): void {
  acceptSdpOnly(http);
  http.addHook('onSend', async (_request, reply, payload) => {
    corsHeaders(reply);
    return payload;
  });
  const { path, door, resources } = endpoint;
  http.options(`${path}/:room`, { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    tellIceServers(reply, iceServersFor(request, endpoint, authorise));
    return preflight(request, reply);
  });
  http.options(`${path}/:room/:session`, { config: { access: 'public' }, schema: { hide: true } }, preflight);
  http.post(`${path}/:room`, { config: { access: door }, bodyLimit: MAX_SDP_BYTES, schema: { params: RoomParams } }, async (request, reply) => {
    const { resource, answerSdp } = await endpoint.answer(request, bodyOf(request, SDP), goneFrom(reply));
    // Viewers are bounded by their places.
    const { kind } = principalOf(request, 'viewer', 'publisher', 'monitor');
    if (kind === 'publisher') resources.boundConnecting(resource);
    if (kind === 'monitor') resources.boundMonitors(resource);
    tellIceServers(reply, endpoint.iceServers(resource.id));
    return reply.code(201).header('location', `${path}/${resource.room}/${resource.id}`).header('etag', resource.etag).type(SDP).send(answerSdp);
  });
  nothingToSee(http, endpoint);
  const session = { config: { access: door }, schema: { params: SessionParams } };
  http.delete(`${path}/:room/:session`, session, async (request, reply) => {
    const resource = ownResource(resources, request);
    resource.onDeleted();
    resource.peer.close('the other side ended the session');
    return reply.code(200).send();
  });
  http.patch(`${path}/:room/:session`, { ...session, bodyLimit: MAX_SDP_BYTES }, async (request, reply) => {
    const resource = ownResource(resources, request);
    const fragment = demandFragment(bodyOf(request, FRAGMENT));
    if (demandMatch(request, resource) === 'candidates') {
      resource.peer.addRemoteCandidates(fragment);
      return reply.code(204).send();
    }
    const answer = endpoint.webrtc.acceptRestart(resource.peer, fragment);
    resources.renew(resource);
    return reply.code(200).header('etag', resource.etag).type(FRAGMENT).send(answer);
  });
}

/** RFC 9725 section 4.1: these resources have nothing to show, and say so. */
function nothingToSee(http: Http, { path, door, resources }: Endpoint): void {
  const config = { access: door };
  http.get(`${path}/:room`, { config, schema: { params: RoomParams, hide: true } }, async (_request, reply) => reply.code(204).send());
  http.get(`${path}/:room/:session`, { config, schema: { params: SessionParams, hide: true } }, async (request, reply) => {
    ownResource(resources, request);
    return reply.code(204).send();
  });
}

function acceptSdpOnly(http: Http): void {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser([SDP, FRAGMENT], { parseAs: 'string', bodyLimit: MAX_SDP_BYTES }, (_request, body, done) => done(null, body));
}

function bodyOf(request: FastifyRequest, type: string): string {
  const given = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (given !== type) {
    throw new CodedError('unsupported_media_type', `Send this request with Content-Type: ${type}.`, { status: 415 });
  }
  return typeof request.body === 'string' ? request.body : '';
}

/** Not the request's own signal: that one aborts as soon as a body was read. */
function goneFrom(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

function ownResource(resources: Resources, request: FastifyRequest<{ Params: { room: string; session: string } }>): Resource {
  const { room, session } = request.params;
  return resources.demand(session, room, ownerOf(principalOf(request, 'viewer', 'publisher', 'monitor')));
}

/** RFC 9725 section 4.3.1: a candidate that can't be used is passed over, but what is no fragment of SDP at all is the client's mistake. */
function demandFragment(body: string): string {
  if (body.split(/\r?\n/).every((line) => line === '' || /^[a-z]=/.test(line))) return body;
  throw badSdp('a fragment has lines like "a=candidate:…" and nothing else');
}

/** RFC 9725 section 4.3: trickled candidates name the session's entity tag, a restart of ICE names `*`. The example there has it in quotes, and clients copy examples. */
function demandMatch(request: FastifyRequest, { etag }: Resource): 'candidates' | 'restart' {
  const match = request.headers['if-match'];
  if (match === undefined) throw new CodedError('if_match_needed', 'Send the session\'s ETag in If-Match.', { status: 428 });
  if (match === '*' || match === '"*"') return 'restart';
  if (match !== etag) throw new CodedError('wrong_etag', 'If-Match is not this session\'s ETag. Begin a new session.', { status: 412 });
  return 'candidates';
}

/**
 * For clients that want to know before they offer (RFC 9725 section 4.6): whoever passes the door is told. A preflight of CORS, which never has a
 * token, is not.
 */
function iceServersFor(request: FastifyRequest, { door, iceServers }: Endpoint, authorise: Authorise): string | null {
  if (bearerOf(request) === null || request.headers['access-control-request-method'] !== undefined) return null;
  authorise(door, request);
  return iceServers(randomUUID());
}

function tellIceServers(reply: FastifyReply, link: string | null): void {
  if (link !== null) void reply.header('link', link).header('cache-control', 'no-store');
}

async function preflight(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  await reply
    .code(204)
    .header('access-control-allow-methods', 'POST, PATCH, DELETE, OPTIONS')
    .header('access-control-allow-headers', 'Authorization, Content-Type, If-Match')
    .header('access-control-max-age', '86400')
    .header('accept-post', SDP)
    .header('accept-patch', FRAGMENT)
    .send();
}

/** Any page may try (RFC 9725 section 4.7 leaves it to the server): what lets it in is the bearer token, never a cookie. */
function corsHeaders(reply: FastifyReply): void {
  void reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', 'Location, ETag, Link, Retry-After');
}

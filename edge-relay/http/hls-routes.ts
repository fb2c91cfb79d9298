/**
 * LL-HLS over HTTP: playlists for the bearer of a playback token, parts for whoever has a signature of the room. What most requests
 * are is answered by the lane (`lane/`) before it comes here; these routes take the rest, and say what is wrong.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { Slug } from '../access/names.ts';
import type { PartSigner } from '../access/part-signature.ts';
import type { Places } from '../access/places.ts';
import { tooManyViewers } from '../access/playback.ts';
import { principalOf, type Viewer } from '../access/principal.ts';
import { asked, type Asker, type Leave } from '../hls/asker.ts';
import { AUDIO } from '../hls/names.ts';
import { isForLane } from './lane/is-for-lane.ts';

export interface HlsAnswer {
  readonly body: Buffer;
  readonly contentType: string;
  readonly maxAgeSeconds: number;
}

/** What these routes need of a room's packager. */
export interface HlsSource {
  multivariant(query: string): string;
  /** These two answer now or when it comes to be. @throws CodedError where there is nothing to wait for */
  media(track: string, request: { msn?: number; part?: number; skip?: boolean }, query: { playlist: string; part: (segment: number) => string }, asker: Asker<HlsAnswer>): Leave;
  resource(name: string, asker: Asker<HlsAnswer>): Leave;
}

export interface HlsOptions {
  /** Null where nothing has been published since the edge started. */
  readonly hlsOf: (room: string) => HlsSource | null;
  readonly places: Places;
  /** Throws where a viewer who is new is not let in. */
  readonly admit: (viewer: Viewer) => void;
  readonly parts: PartSigner;
  readonly now: () => number;
}

const PLAYLIST = 'application/vnd.apple.mpegurl';
const Track = Type.String({ pattern: '^[\\w-]{1,32}$' });
const Count = Type.String({ pattern: '^[0-9]{1,15}$' });
const Signature = Type.Object({ until: Count });
/** How long a cache in front may remember that a viewer was let in. */
const AUTHORISED_S = 30;
/** Delivery directives (draft-pantos-hls-rfc8216bis section 6.2.5), beside whatever else players add. */
const Directives = Type.Object({ _HLS_msn: Type.Optional(Count), _HLS_part: Type.Optional(Count), _HLS_skip: Type.Optional(Type.String({ maxLength: 8 })) });

/** Call inside a scope of its own: its headers are for these routes alone. */
export function hlsRoutes(http: Http, options: HlsOptions): void {
  http.addHook('onRequest', async (_request, reply) => {
    void reply.header('access-control-allow-origin', '*').header('cross-origin-resource-policy', 'cross-origin');
  });
  // Refused before the hook above ran: a player on another origin must be able to read why.
  http.addHook('onSend', async (_request, reply, payload) => {
    void reply.header('access-control-allow-origin', '*');
    if (reply.statusCode >= 400) void reply.header('cache-control', 'no-store');
    return payload;
  });
  const playlist = { access: 'playlist' };
  const inRoom = { params: Type.Object({ room: Slug }) };
  http.get('/hls/:room/index.m3u8', { config: playlist, schema: inRoom }, async (request, reply) => {
    options.admit(principalOf(request, 'viewer'));
    const { token } = takePlace(options, request);
    // The viewer's own token is in its lines: not for anybody else.
    void reply.header('cache-control', 'private, no-store');
    return reply.type(PLAYLIST).send(source(options, request.params.room).multivariant(`token=${token}`));
  });
  // For a cache in front: may the bearer of this token have this room's playlists? nginx's auth_request asks so.
  http.get('/hls/:room/authorisation', { config: playlist, schema: { ...inRoom, hide: true } }, async (request, reply) => {
    const { expiresAtMs } = takePlace(options, request, { heldMs: AUTHORISED_S * 1_000 });
    const forS = Math.min(AUTHORISED_S, Math.floor((expiresAtMs - options.now()) / 1_000));
    return reply.code(204).header('cache-control', sharedFor(forS)).send();
  });
  const media = { params: Type.Object({ room: Slug, track: Track }), querystring: Directives };
  http.get('/hls/:room/:track/index.m3u8', { config: playlist, schema: media }, async (request, reply) => {
    const { room, track } = request.params;
    takePlace(options, request, { layer: layerOf(track) });
    const hls = source(options, room);
    const answer = await asked<HlsAnswer>((asker) => hls.media(track, directivesOf(request.query), partQuery(options, room), asker));
    return endWhereLaneReads(request, reply).header('cache-control', sharedFor(answer.maxAgeSeconds)).type(answer.contentType).send(answer.body);
  });
  const part = { params: Type.Object({ room: Slug, track: Track, resource: Type.String({ pattern: '^[\\w.-]{1,80}$' }) }), querystring: Signature };
  http.get('/hls/:room/:track/:resource', { config: { access: 'part' }, schema: part }, async (request, reply) => {
    const { room, track, resource } = request.params;
    const hls = source(options, room);
    const answer = await asked<HlsAnswer>((asker) => hls.resource(`${track}/${resource}`, asker));
    return endWhereLaneReads(request, reply).header('cache-control', keptFor(answer)).type(answer.contentType).send(answer.body);
  });
}

/** A connection that was used for something else first: the player's next one is the lane's, if that reads what this player writes. */
function endWhereLaneReads({ raw }: FastifyRequest, reply: FastifyReply): FastifyReply {
  return isForLane(raw) ? reply.header('connection', 'close') : reply;
}

/** Rendition reports carry no token, since players match them without: so the text is the same for every viewer, and a cache may share it. */
export function partQuery({ parts }: Pick<HlsOptions, 'parts'>, room: string): { playlist: string; part: (segment: number) => string } {
  return { playlist: '', part: (segment) => parts.query(room, segment) };
}

/** A shared cache that asks who may have it keeps it (RFC 9111 section 5.2.2.10); a browser doesn't. */
export function sharedFor(seconds: number): string {
  return seconds > 0 ? `public, max-age=0, s-maxage=${seconds}` : 'no-store';
}

/** What an address leads to never changes, whoever asks. */
export function keptFor({ maxAgeSeconds }: HlsAnswer): string {
  return `public, max-age=${maxAgeSeconds}, immutable`;
}

/** Every player asks for the sound beside one layer. */
export function layerOf(track: string): string | null {
  return track === AUDIO ? null : track;
}

function takePlace({ places, now }: HlsOptions, request: FastifyRequest, seen: { readonly heldMs?: number; readonly layer?: string | null } = {}): Viewer {
  const viewer = principalOf(request, 'viewer');
  const nowMs = now();
  if (!places.hasRoomFor(viewer.account, viewer.place, nowMs)) throw tooManyViewers();
  places.touch(viewer.place, viewer, nowMs, seen);
  return viewer;
}

function source({ hlsOf }: HlsOptions, room: string): HlsSource {
  const hls = hlsOf(room);
  if (hls === null) throw new CodedError('not_live', 'Nothing is being sent from this room right now.', { status: 404, details: { retryAfterMs: 2_000 } });
  return hls;
}

function directivesOf(query: { _HLS_msn?: string; _HLS_part?: string; _HLS_skip?: string }): { msn?: number; part?: number; skip?: boolean } {
  const { _HLS_msn: msn, _HLS_part: part, _HLS_skip: skip } = query;
  return {
    ...(msn === undefined ? {} : { msn: Number(msn) }),
    ...(part === undefined ? {} : { part: Number(part) }),
    ...(skip === undefined ? {} : { skip: skip === 'YES' || skip === 'v2' }),
  };
}

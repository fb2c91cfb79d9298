/** LL-HLS over HTTP: playlists for the bearer of a playback token, parts for whoever has the room's signature of this minute. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { Slug } from '../access/names.ts';
import type { PartSigner } from '../access/part-signature.ts';
import type { Places } from '../access/places.ts';
import { tooManyViewers } from '../access/playback.ts';
import { principalOf } from '../access/principal.ts';

/** What these routes need of a room's packager. */
export interface HlsSource {
  multivariant(query: string): string;
  media(track: string, request: { msn?: number; part?: number; skip?: boolean }, query: { playlist: string; part: string }): Promise<string>;
  resource(name: string): Promise<{ readonly body: Buffer; readonly contentType: string; readonly maxAgeSeconds: number }>;
}

export interface HlsOptions {
  /** Null where nothing has been published since the edge started. */
  readonly hlsOf: (room: string) => HlsSource | null;
  readonly places: Places;
  readonly parts: PartSigner;
  readonly now: () => number;
}

const PLAYLIST = 'application/vnd.apple.mpegurl';
const Track = Type.String({ pattern: '^[\\w-]{1,32}$' });
const Count = Type.String({ pattern: '^[0-9]{1,15}$' });
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
    return payload;
  });
  const playlist = { access: 'playlist' };
  http.get('/hls/:room/index.m3u8', { config: playlist, schema: { params: Type.Object({ room: Slug }) } }, async (request, reply) => {
    const token = takePlace(options, request);
    return sendPlaylist(reply, source(options, request.params.room).multivariant(`token=${token}`));
  });
  const media = { params: Type.Object({ room: Slug, track: Track }), querystring: Directives };
  http.get('/hls/:room/:track/index.m3u8', { config: playlist, schema: media }, async (request, reply) => {
    takePlace(options, request);
    const { room, track } = request.params;
    // Rendition reports carry no token: players match them without, and the text is then the same for every viewer.
    const query = { playlist: '', part: options.parts.query(room, options.now()) };
    return sendPlaylist(reply, await source(options, room).media(track, directivesOf(request.query), query));
  });
  const part = { params: Type.Object({ room: Slug, track: Track, resource: Type.String({ pattern: '^[\\w.-]{1,80}$' }) }) };
  http.get('/hls/:room/:track/:resource', { config: { access: 'part' }, schema: part }, async (request, reply) => {
    const { room, track, resource } = request.params;
    const { body, contentType, maxAgeSeconds } = await source(options, room).resource(`${track}/${resource}`);
    return reply.header('cache-control', `public, max-age=${maxAgeSeconds}, immutable`).type(contentType).send(body);
  });
}

function takePlace({ places, now }: HlsOptions, request: FastifyRequest): string {
  const { account, room, place, token } = principalOf(request, 'viewer');
  const nowMs = now();
  if (!places.hasRoomFor(account, place, nowMs)) throw tooManyViewers();
  places.touch(place, account, room, nowMs);
  return token;
}

function source({ hlsOf }: HlsOptions, room: string): HlsSource {
  const hls = hlsOf(room);
  if (hls === null) throw new CodedError('not_live', 'Nothing is being sent from this room right now.', { status: 404, details: { retryAfterMs: 2_000 } });
  return hls;
}

function sendPlaylist(reply: FastifyReply, text: string): FastifyReply {
  return reply.header('cache-control', 'no-store').type(PLAYLIST).send(text);
}

function directivesOf(query: { _HLS_msn?: string; _HLS_part?: string; _HLS_skip?: string }): { msn?: number; part?: number; skip?: boolean } {
  const { _HLS_msn: msn, _HLS_part: part, _HLS_skip: skip } = query;
  return {
    ...(msn === undefined ? {} : { msn: Number(msn) }),
    ...(part === undefined ? {} : { part: Number(part) }),
    ...(skip === undefined ? {} : { skip: skip === 'YES' || skip === 'v2' }),
  };
}

/** HTTP-FLV: one long response to the bearer of a playback token, for as long as the class and the right to it last. */
import { randomUUID } from 'node:crypto';
import Type from 'typebox';
import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { Slug } from '../access/names.ts';
import type { Places, Seat } from '../access/places.ts';
import { tooManyViewers } from '../access/playback.ts';
import { principalOf, type Viewer } from '../access/principal.ts';
import { PLAYER_HEADER } from '../contract/operations.ts';
import type { Wire } from '../flv/viewer.ts';
import { openWire } from './flv-wire.ts';

/** What this route needs of a room. */
export interface FlvSource {
  ready(): boolean;
  /** Null where there is nothing to send after all; the wire is then ended. */
  add(wire: Wire, viewer: { readonly account: string; readonly protocol: 'flv' | 'rtmp'; readonly wanted: string | null }): Seat | null;
}

export interface FlvOptions {
  /** Null where nothing has been published since the edge started. */
  readonly flvOf: (room: string) => FlvSource | null;
  readonly places: Places;
  /** Throws where a viewer who is new is not let in. */
  readonly admit: (viewer: Viewer) => void;
  readonly now: () => number;
}

const Layer = Type.Object({ layer: Type.Optional(Type.String({ pattern: '^[\\w-]{1,32}$' })) });

/** Call inside a scope of its own: its headers are for this route alone. */
export function flvRoutes(http: Http, { flvOf, places, admit, now }: FlvOptions): void {
  http.addHook('onSend', async (_request, reply, payload) => {
    // Refused: a player on another origin must be able to read why.
    void reply.header('access-control-allow-origin', '*').header('cache-control', 'no-store');
    return payload;
  });
  const schema = { params: Type.Object({ room: Slug }), querystring: Layer };
  http.get('/flv/:room.flv', { config: { access: 'playlist' }, schema, exposeHeadRoute: false }, (request, reply) => {
    const viewer = principalOf(request, 'viewer');
    const { account, room, place } = viewer;
    admit(viewer);
    const flv = flvOf(room);
    if (flv?.ready() !== true) throw new CodedError('not_live', 'Nothing is being sent from this room right now.', { status: 404, details: { retryAfterMs: 2_000 } });
    // Each connection takes a place of its own: one token is no licence to show the class anywhere.
    if (!places.hasRoomFor(account, null, now())) throw tooManyViewers();
    const wire = openWire(reply);
    const seat = flv.add(wire, { account, protocol: request.headers[PLAYER_HEADER] === 'rtmp' ? 'rtmp' : 'flv', wanted: request.query.layer ?? null });
    if (seat !== null) wire.onClosed(places.sit(randomUUID(), { account, room, session: place, seat }));
  });
}

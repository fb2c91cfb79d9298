/** The edge's HTTP surface, put together: every route names its door in `access/doors.ts`. */
import { fastifyCookie } from '@fastify/cookie';
import fastifyWebsocket from '@fastify/websocket';
import type { Registry } from 'prom-client';
import Type from 'typebox';
import { createHttp, type Health, type Http } from '#kit/process/http.ts';
import type { Log } from '#kit/process/log.ts';
import { servePages } from '#kit/process/web.ts';
import { type DoorKeepers, doors } from '../access/doors.ts';
import { Slug } from '../access/names.ts';
import type { LiveClasses } from '../live/live-classes.ts';
import type { Replays } from '../replays/replays.ts';
import { type Endpoint, webRtcRoutes } from '../webrtc/protocol.ts';
import { adminRoutes, type AdminOptions } from './admin-routes.ts';
import { flvRoutes, type FlvOptions } from './flv-routes.ts';
import { hlsRoutes, type HlsOptions } from './hls-routes.ts';
import { mediaDesk } from './lane/desk.ts';
import { Lane } from './lane/lane.ts';
import { operationRoutes, type OperationOptions } from './operation-routes.ts';
import { replayRoutes } from './replay-routes.ts';
import { roomRoutes, type RoomOptions } from './room-routes.ts';
import { studentRoutes, type StudentOptions } from './student-routes.ts';

export interface ServerOptions {
  readonly log: Log;
  readonly trustProxy: boolean;
  /** Null where a proxy in front has the certificate, or nobody. */
  readonly tls: { readonly key: string; readonly cert: string } | null;
  readonly keepers: DoorKeepers;
  readonly health: () => Health;
  readonly metrics: Registry;
  readonly publicKeyPem: string;
  readonly admin: AdminOptions;
  readonly operations: OperationOptions;
  readonly student: StudentOptions;
  readonly rooms: RoomOptions;
  readonly hls: HlsOptions;
  readonly flv: FlvOptions;
  readonly webrtc: readonly Endpoint[];
  readonly live: LiveClasses;
  readonly replays: Replays;
  readonly pages: { readonly dist: string; readonly connect: () => readonly string[] };
}

/** What a viewer sends over the events socket is a few hundred bytes; a token at most 4 kB. */
const MAX_EVENT_BYTES = 8 * 1024;

export async function createServer(options: ServerOptions): Promise<Http> {
  const { log, trustProxy, health, metrics } = options;
  const authorise = doors(options.keepers);
  const lane = new Lane({ desk: mediaDesk({ ...options.hls, keepers: options.keepers }), now: options.hls.now, log });
  const http = await createHttp({
    name: 'edge', log, trustProxy, health, metrics, authorise, onServer: (server) => lane.standBefore(server),
    ...(options.tls === null ? {} : { tls: options.tls }),
  });
  http.addHook('preClose', async () => lane.close());
  // The doors read cookies before any hook of a plugin would have: it is registered for its parser alone.
  await http.register(fastifyCookie, { hook: false });
  await http.register(fastifyWebsocket, { options: { maxPayload: MAX_EVENT_BYTES, perMessageDeflate: false } });
  http.get('/api/keys', { config: { access: 'public' }, schema: { response: { 200: Type.Object({ publicKeyPem: Type.String() }) } } }, async () => ({
    publicKeyPem: options.publicKeyPem,
  }));
  await http.register(async (scope) => {
    adminRoutes(scope, options.admin);
    operationRoutes(scope, options.operations);
  });
  await http.register(async (scope) => studentRoutes(scope as Http, options.student));
  await http.register(async (scope) => roomRoutes(scope as Http, options.rooms));
  await http.register(async (scope) => hlsRoutes(scope as Http, options.hls));
  await http.register(async (scope) => flvRoutes(scope as Http, options.flv));
  await http.register(async (scope) => replayRoutes(scope as Http, options.replays));
  await http.register(async (scope) => eventRoutes(scope as Http, options.live));
  for (const endpoint of options.webrtc) await http.register(async (scope) => webRtcRoutes(scope as Http, endpoint, authorise));
  await servePages(http, { ...options.pages, pages: ['/', '/watch/:room', '/replay/:id', '/signing-in'] });
  return http;
}

/** Public, because browsers can't send a header with a WebSocket: the token is the first message, and nothing is said before it. */
function eventRoutes(http: Http, live: LiveClasses): void {
  const schema = { params: Type.Object({ room: Slug }), hide: true };
  http.get<{ Params: { room: string } }>('/rooms/:room/events', { websocket: true, config: { access: 'public' }, schema }, (socket, request) => {
    live.open(socket, request.params.room);
  });
}

/** The edge, put together: constructed from an explicit list, run until the signal aborts, closed in reverse order. */
import { setInterval as every } from 'node:timers/promises';
import type { Server as TlsServer } from 'node:tls';
import { systemClock } from '#kit/media/clock.ts';
import { followCertificate, readCertificate } from '#kit/process/certificate-files.ts';
import { type Http, listenOn } from '#kit/process/http.ts';
import type { Log } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { Entitlements } from './access/entitlements.ts';
import { PartSigner } from './access/part-signature.ts';
import { Places } from './access/places.ts';
import { Students } from './access/students.ts';
import { TokenReader } from './access/token-reader.ts';
import type { EdgeConfig } from './config/config.ts';
import { type EdgeKeys, loadKeys } from './config/keys.ts';
import { createServer } from './http/server.ts';
import { LiveClasses } from './live/live-classes.ts';
import { edgeMetrics } from './metrics.ts';
import { campusLibrary } from './replays/campus-library.ts';
import { Replays } from './replays/replays.ts';
import { RoomOutputs } from './room-outputs.ts';
import { choosePump } from './pump/choose-pump.ts';
import { RoomBus } from './rooms/room-bus.ts';
import { RtmpIngest } from './rtmp/ingest.ts';
import { sqliteAudit } from './store/audit.ts';
import { sqliteCatalogue } from './store/catalogue.ts';
import { type Db, openDatabase } from './store/database.ts';
import { sqliteSessions, sqliteSignInLinks } from './store/sessions.ts';
import { sqliteTickets } from './store/tickets.ts';
import { Resources } from './webrtc/resources.ts';
import { whepEndpoint } from './webrtc/whep.ts';
import { whipEndpoint } from './webrtc/whip.ts';

/** Places that one account may watch from at once. */
const PLACES_AN_ACCOUNT = 3;
const SIGN_INS_A_MINUTE = 30;
const TICK_MS = 1_000;

/** What is listening once the edge is up. */
export interface EdgePorts {
  readonly http: number;
  readonly webrtc: number;
  /** Null while the RTMP process is starting or away. */
  rtmp(): number | null;
  /** Null without TLS, too. */
  rtmps(): number | null;
}

export async function runEdge(config: EdgeConfig, signal: AbortSignal, log: Log, onUp: (ports: EdgePorts) => void = () => undefined): Promise<void> {
  if (config.loadTest === true) log.warn('LOAD TEST: limits per address and per account are lifted. Never run a school like this.');
  const db = openDatabase(config.dataDir);
  try {
    const webrtc = await openWebRtc({ ...config.webrtc, pump: choosePump(config.pump ?? 'native', log) });
    try {
      await serve(config, { db, webrtc, keys: loadKeys(config.dataDir), log, signal }, onUp);
    } finally {
      await webrtc.close();
    }
  } finally {
    db.close();
  }
}

interface Base {
  readonly db: Db;
  readonly webrtc: WebRtcEndpoint;
  readonly keys: EdgeKeys;
  readonly log: Log;
  readonly signal: AbortSignal;
}

async function serve(config: EdgeConfig, base: Base, onUp: (ports: EdgePorts) => void): Promise<void> {
  const { webrtc, log, signal } = base;
  const clock = systemClock();
  const outputs = new RoomOutputs(clock, log, signal);
  const bus: RoomBus = new RoomBus(clock, (room) => {
    outputs.furnish(room);
    room.onLive(() => access.live.turned(room.name));
    room.onComing(() => access.live.turned(room.name));
  });
  const rtmp = new RtmpIngest({ ...config.rtmp, publicKeyPem: config.campus.publicKeyPem, bus, clock, log });
  const access = accessOf(config, base, bus);
  const http = await httpOf(config, base, { bus, outputs, access, rtmp });
  access.entitlements.onRevoked((account, mayStillWatch) => {
    access.live.dismiss(account, mayStillWatch);
    for (const room of bus.all()) if (!mayStillWatch(room.name)) outputs.dismiss(account, room.name);
  });
  const running = [bus.run(signal), supervise('rtmp', (until) => rtmp.run(until), { signal, log, maxDelayMs: 2_000 }), tick(access, bus, outputs, signal)];
  try {
    const port = await listenOn(http, config);
    log.info({ port, webrtc: webrtc.port }, 'the edge is up');
    onUp({ http: port, webrtc: webrtc.port, rtmp: () => rtmp.port, rtmps: () => rtmp.tlsPort });
    await Promise.all(running);
  } finally {
    access.live.close();
    outputs.close();
    await http.close();
  }
}

type Access = ReturnType<typeof accessOf>;

function accessOf(config: EdgeConfig, { db, keys, log }: Base, bus: RoomBus) {
  const now = Date.now;
  const unlimited = config.loadTest === true;
  const catalogue = sqliteCatalogue(db);
  const tickets = sqliteTickets(db, catalogue);
  const sessions = sqliteSessions(db);
  const students = new Students(sessions, sqliteSignInLinks(db), now);
  const entitlements = new Entitlements(tickets, now);
  const places = new Places(unlimited ? Infinity : PLACES_AN_ACCOUNT);
  const tokens = new TokenReader({ campusPublicKeyPem: config.campus.publicKeyPem, edgePublicKeyPem: keys.publicKeyPem }, now);
  const stateOf = (name: string) => {
    const room = bus.find(name);
    return { live: room?.live ?? false, coming: room?.coming ?? false, ended: room?.classOver ?? false, viewers: places.viewers(name, now()) };
  };
  const live = new LiveClasses({ tokens, entitlements, stateOf, now, unlimited });
  const library = campusLibrary({ url: config.campus.url, privateKeyPem: keys.privateKeyPem, now });
  const replays = new Replays({ library, tickets, log, now });
  return { catalogue, tickets, sessions, students, entitlements, places, tokens, stateOf, live, replays, unlimited, now, audit: sqliteAudit(db) };
}

interface Parts {
  readonly bus: RoomBus;
  readonly outputs: RoomOutputs;
  readonly access: Access;
  readonly rtmp: RtmpIngest;
}

async function httpOf(config: EdgeConfig, { webrtc, keys, log }: Base, { bus, outputs, access, rtmp }: Parts): Promise<Http> {
  const { places, now, entitlements, tokens, students } = access;
  const { publicUrl } = config;
  const iceServers = config.webrtc.iceServers ?? [];
  const resources = new Resources();
  const parts = new PartSigner(Buffer.from(keys.partKey, 'base64'));
  const fanOutOf = (room: { readonly name: string }) => furnished(outputs, room.name).fanOut;
  const http = await createServer({
    log, trustProxy: config.trustProxy ?? false, publicKeyPem: keys.publicKeyPem, tls: config.tls === undefined ? null : readCertificate(config.tls, 'HTTPS'),
    keepers: { tokens, students, entitlements, parts, webOrigins: [new URL(publicUrl).origin, ...config.allowedWebOrigins], now },
    health: () => (rtmp.port === null ? { ok: true, reasons: ['The RTMP process is starting.'] } : { ok: true, reasons: [] }),
    metrics: edgeMetrics({ bus, outputs, places, people: () => access.live.people, webrtc }),
    admin: { ...access, publicUrl },
    student: { students, tokens, publicUrl, playback: { ...access, publicUrl, privateKeyPem: keys.privateKeyPem }, signInsAMinute: access.unlimited ? null : SIGN_INS_A_MINUTE },
    rooms: { ...access, publicUrl, ingestOf: (room) => bus.room(room).ingest() },
    hls: { hlsOf: (room) => outputs.of(room)?.packager.current ?? null, places, parts, now },
    flv: { flvOf: (room) => outputs.of(room)?.flv ?? null, places, now },
    webrtc: [whipEndpoint({ webrtc, bus, resources, iceServers, log }), whepEndpoint({ webrtc, bus, fanOutOf, resources, places, iceServers, now })],
    live: access.live, replays: access.replays,
    pages: { dist: config.webDist, connect: () => [publicUrl, config.replayMediaOrigin ?? config.campus.url] },
  });
  if (config.tls !== undefined) followCertificate(http.server as unknown as TlsServer, config.tls, { what: 'HTTPS', log });
  return http;
}

function furnished(outputs: RoomOutputs, room: string) {
  const own = outputs.of(room);
  if (own === null) throw new Error(`Room ${room} was made without its outputs.`);
  return own;
}

async function tick(access: Access, bus: RoomBus, outputs: RoomOutputs, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of every(TICK_MS, undefined, { signal })) {
      outputs.tick();
      access.places.sweep(access.now());
      access.entitlements.sweep();
      access.live.tick();
      for (const room of bus.all()) dismissOverstayers(access, outputs, room.name);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** A class can end for somebody by its timetable, too: nobody watches on what a reload would refuse. */
function dismissOverstayers({ entitlements }: Access, outputs: RoomOutputs, room: string): void {
  for (const account of outputs.accounts(room)) if (!entitlements.allows(account, room)) outputs.dismiss(account, room);
}

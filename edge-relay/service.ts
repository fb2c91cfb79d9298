/** The edge, put together: constructed from an explicit list, run until the signal aborts, closed in reverse order. */
import { isIPv6 } from 'node:net';
import { setInterval as every } from 'node:timers/promises';
import type { Server as TlsServer } from 'node:tls';
import { systemClock } from '#kit/media/clock.ts';
import { followCertificate, readCertificate } from '#kit/process/certificate-files.ts';
import { type Health, type Http, listenOn } from '#kit/process/http.ts';
import type { Log } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { Entitlements } from './access/entitlements.ts';
import { PartSigner } from './access/part-signature.ts';
import { Places } from './access/places.ts';
import { SentAway } from './access/sent-away.ts';
import type { Viewer } from './access/principal.ts';
import { Students } from './access/students.ts';
import { RevokedKeys } from './access/revoked-keys.ts';
import { TokenReader } from './access/token-reader.ts';
import { CampusKey } from './config/campus-key.ts';
import type { EdgeConfig } from './config/config.ts';
import { type EdgeKeys, loadKeys } from './config/keys.ts';
import { TurnSecret } from './config/turn-secret.ts';
import type { Reloaded, Sent } from './contract/operations.ts';
import { createServer } from './http/server.ts';
import { LiveClasses } from './live/live-classes.ts';
import { edgeMetrics } from './metrics.ts';
import { Admission } from './operations/admission.ts';
import { Drain } from './operations/drain.ts';
import { limitsOf } from './operations/load.ts';
import { LoadMeter } from './operations/load-meter.ts';
import { Operations } from './operations/operations.ts';
import { type Reloadable, reloadAll, serverCertificate } from './operations/reloads.ts';
import { Turnstile } from './operations/turnstile.ts';
import { campusLibrary } from './replays/campus-library.ts';
import { Replays } from './replays/replays.ts';
import { RoomOutputs } from './room-outputs.ts';
import { choosePump } from './pump/choose-pump.ts';
import { watched, type WatchedPump } from './pump/watched.ts';
import { RoomBus } from './rooms/room-bus.ts';
import { RtmpIngest } from './rtmp/ingest.ts';
import { sqliteAudit } from './store/audit.ts';
import { sqliteCatalogue } from './store/catalogue.ts';
import { type Db, openDatabase } from './store/database.ts';
import { sqliteSessions, sqliteSignInLinks } from './store/sessions.ts';
import { sqliteTickets } from './store/tickets.ts';
import { type IceServers, iceServers } from './webrtc/ice-servers.ts';
import { Resources } from './webrtc/resources.ts';
import { whepEndpoint } from './webrtc/whep.ts';
import { whipEndpoint } from './webrtc/whip.ts';

/** Places that one account may watch from at once. */
const PLACES_AN_ACCOUNT = 3;
/** From one address, which a whole dormitory may share in the minute before a class. Nobody guesses a link: this is for the edge's time alone. */
const SIGN_INS_A_MINUTE = 600;
const TICK_MS = 1_000;
/** Longer than a class: a server may look at a credential again whenever an allocation is refreshed. */
const TURN_CREDENTIAL_SECONDS = 4 * 3_600;
/** Far ends at one time, where the configuration does not say. */
const MAX_PEERS = 2_000;

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
  const campusKey = new CampusKey(config.campus);
  const db = openDatabase(config.dataDir);
  try {
    const pump = watched(choosePump(config.pump ?? 'native', log));
    const webrtc = await openWebRtc({ maxPeers: MAX_PEERS, ...config.webrtc, pump: pump.open });
    try {
      await serve(config, { db, webrtc, pump, campusKey, keys: loadKeys(config.dataDir), log, signal }, onUp);
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
  readonly pump: WatchedPump;
  readonly campusKey: CampusKey;
  readonly keys: EdgeKeys;
  readonly log: Log;
  readonly signal: AbortSignal;
}

async function serve(config: EdgeConfig, base: Base, onUp: (ports: EdgePorts) => void): Promise<void> {
  const { webrtc, campusKey, log, signal } = base;
  const clock = systemClock();
  const outputs = new RoomOutputs(clock, log, signal, (kind) => webrtc.openCohort(kind));
  const bus: RoomBus = new RoomBus(clock, (room) => {
    outputs.furnish(room);
    room.onLive(() => access.live.turned(room.name));
    room.onComing(() => access.live.turned(room.name));
  });
  let edgeUrl = '';
  const rtmp = new RtmpIngest({ ...config.rtmp, edgeUrl: () => edgeUrl, publicKeyPem: () => campusKey.pem, bus, clock, log, admit: (room, owner) => access.admission.publisher(room, owner) });
  const access: Access = accessOf(config, base, bus, outputs);
  campusKey.onChanged((pem) => {
    access.tokens.useCampusKey(pem);
    rtmp.keyChanged();
  });
  const turnSecret = config.webrtc.turn === undefined ? null : new TurnSecret(config.webrtc.turn.secretFile);
  const reloadables: Reloadable[] = [campusKey, ...(turnSecret === null ? [] : [turnSecret])];
  if (config.rtmp.tls !== undefined) reloadables.push({ name: 'rtmps-certificate', reload: () => rtmp.reloadCertificate() });
  const reload = (): Promise<Reloaded> => reloadAll(reloadables, log);
  const onHangup = (): void => void reload();
  const http = await httpOf(config, base, { bus, outputs, access, rtmp, iceServers: iceServersOf(config.webrtc, turnSecret), reload });
  if (config.tls !== undefined) {
    const server = http.server as unknown as TlsServer;
    followCertificate(server, config.tls, { what: 'HTTPS', log });
    reloadables.push(serverCertificate(server, config.tls, 'HTTPS'));
  }
  access.entitlements.onRevoked((account, mayStillWatch) => {
    access.live.dismiss(account, mayStillWatch);
    for (const room of bus.all()) if (!mayStillWatch(room.name)) outputs.dismiss(account, room.name);
  });
  const running = [bus.run(signal), tick(access, bus, outputs, signal)];
  process.on('SIGHUP', onHangup);
  access.meter.start();
  try {
    const port = await listenOn(http, config);
    edgeUrl = ownUrl(config, port);
    running.push(supervise('rtmp', (until) => rtmp.run(until), { signal, log, maxDelayMs: 2_000 }));
    log.info({ port, webrtc: webrtc.port }, 'the edge is up');
    onUp({ http: port, webrtc: webrtc.port, rtmp: () => rtmp.port, rtmps: () => rtmp.tlsPort });
    await Promise.all(running);
  } finally {
    process.off('SIGHUP', onHangup);
    access.meter.stop();
    access.live.close();
    outputs.close();
    await http.close();
  }
}

/** Where this machine reaches it. */
function ownUrl({ host, tls }: EdgeConfig, port: number): string {
  const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : isIPv6(host) ? `[${host}]` : host;
  return `${tls === undefined ? 'http' : 'https'}://${address}:${port}`;
}

type Access = ReturnType<typeof accessOf>;

function accessOf(config: EdgeConfig, { db, keys, campusKey, webrtc, pump, log }: Base, bus: RoomBus, outputs: RoomOutputs) {
  const now = Date.now;
  const unlimited = config.loadTest === true;
  const catalogue = sqliteCatalogue(db);
  const tickets = sqliteTickets(db, catalogue);
  const sessions = sqliteSessions(db);
  const students = new Students(sessions, sqliteSignInLinks(db), now);
  const entitlements = new Entitlements(tickets, now);
  const places = new Places(unlimited ? Infinity : PLACES_AN_ACCOUNT);
  const revokedKeys = new RevokedKeys();
  const tokens = new TokenReader({ campusPublicKeyPem: campusKey.pem, edgePublicKeyPem: keys.publicKeyPem }, revokedKeys, now);
  const stateOf = (name: string) => {
    const room = bus.find(name);
    return { live: room?.live ?? false, coming: room?.coming ?? false, ended: room?.classOver ?? false, viewers: places.viewers(name, now()) };
  };
  const [sentAway, drain] = [new SentAway(), new Drain()];
  const meter = new LoadMeter({ pumpWaitMs: pump.waitMs, peers: () => webrtc.peers().length, maxPeers: config.webrtc.maxPeers ?? MAX_PEERS, limits: limitsOf(config.overload ?? {}) });
  const ownerOf = (name: string): string | null => bus.find(name)?.owner ?? null;
  const turnstile = new Turnstile(pump.waitMs);
  const admission = new Admission({ places, sentAway, revokedKeys, drain, turnstile, hasPlace: () => webrtc.hasPlaceFor('send'), level: () => meter.load.level, publicUrl: config.publicUrl, ownerOf, now });
  const demandWelcome = (viewer: Viewer): void => admission.demandWelcome(viewer);
  const live = new LiveClasses({ tokens, entitlements, demandWelcome, stateOf, log, now, unlimited });
  const operations = new Operations({ places, live, bus, heldOf: (room) => outputs.held(room), sent: () => sentBy(pump, webrtc), sentAway, drain, meter, now });
  const library = campusLibrary({ url: config.campus.url, privateKeyPem: keys.privateKeyPem, now });
  const replays = new Replays({ library, tickets, log, now });
  return { catalogue, tickets, sessions, students, entitlements, places, revokedKeys, tokens, stateOf, live, replays, drain, meter, turnstile, admission, demandWelcome, operations, unlimited, now, audit: sqliteAudit(db) };
}

function sentBy({ stats }: WatchedPump, { dropped }: WebRtcEndpoint): Sent {
  const { packets, bytes, overflowed, refused } = stats();
  return { packets, bytes, overflowed, refused, datagramsDropped: dropped };
}

interface Parts {
  readonly bus: RoomBus;
  readonly outputs: RoomOutputs;
  readonly access: Access;
  readonly rtmp: RtmpIngest;
  readonly iceServers: IceServers;
  readonly reload: () => Promise<Reloaded>;
}

async function httpOf(config: EdgeConfig, { webrtc, keys, log }: Base, { bus, outputs, access, rtmp, iceServers, reload }: Parts): Promise<Http> {
  const { places, now, entitlements, tokens, students, admission, demandWelcome, operations, audit } = access;
  const { publicUrl } = config;
  const resources = new Resources();
  const parts = new PartSigner(Buffer.from(keys.partKey, 'base64'));
  const fanOutOf = (room: { readonly name: string }) => furnished(outputs, room.name).fanOut;
  const dismissPublisher = (owner: string, reason: string): void => {
    bus.dismissPublisher(owner, reason);
    resources.dismiss(owner, reason);
  };
  return createServer({
    log, trustProxy: config.trustProxy ?? false, publicKeyPem: keys.publicKeyPem, tls: config.tls === undefined ? null : readCertificate(config.tls, 'HTTPS'),
    keepers: { tokens, students, entitlements, demandWelcome, parts, webOrigins: [new URL(publicUrl).origin, ...config.allowedWebOrigins] },
    health: () => healthOf(access, rtmp),
    metrics: edgeMetrics({ bus, outputs, places, people: () => access.live.people, webrtc, operations, meter: access.meter, drain: access.drain, turnstile: access.turnstile }),
    admin: { ...access, publicUrl, dismissPublisher },
    operations: { operations, audit, reload, now },
    student: { students, tokens, publicUrl, playback: { ...access, publicUrl, privateKeyPem: keys.privateKeyPem, admit: (watching) => admission.playback(watching) }, signInsAMinute: access.unlimited ? null : SIGN_INS_A_MINUTE },
    rooms: { ...access, publicUrl, ingestOf: (room) => bus.room(room).ingest() },
    hls: { hlsOf: (room) => outputs.of(room)?.packager.current ?? null, places, admit: (viewer) => admission.stream(viewer), parts, now },
    flv: { flvOf: (room) => outputs.of(room)?.flv ?? null, places, admit: (viewer) => admission.stream(viewer), now },
    webrtc: [
      whipEndpoint({ webrtc, bus, admit: (room, owner) => admission.publisher(room, owner), resources, iceServers, log }),
      whepEndpoint({ webrtc, bus, fanOutOf, resources, places, admit: (viewer, gone) => admission.whep(viewer, gone), iceServers, now }),
    ],
    live: access.live, replays: access.replays,
    pages: { dist: config.webDist, connect: () => [publicUrl, config.replayMediaOrigin ?? config.campus.url] },
  });
}

function iceServersOf({ iceServers: stun = [], turn }: EdgeConfig['webrtc'], secret: TurnSecret | null): IceServers {
  const servers = turn === undefined || secret === null ? null : { urls: turn.urls, secret: () => secret.value, credentialSeconds: turn.credentialSeconds ?? TURN_CREDENTIAL_SECONDS };
  return iceServers({ stun, turn: servers, now: Date.now });
}

/** Whoever sends viewers here is to stop while this edge is emptied, so it does not say that it is well. */
function healthOf({ drain }: Access, rtmp: RtmpIngest): Health {
  const starting = rtmp.port === null ? ['The RTMP process is starting.'] : [];
  return drain.draining === null ? { ok: true, reasons: starting } : { ok: false, reasons: ['This edge is draining: nobody new comes in.', ...starting] };
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
      access.revokedKeys.sweep(access.now());
      access.entitlements.sweep();
      access.live.tick();
      access.operations.tick();
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

import { join } from 'node:path';
import type { FastifyRequest } from 'fastify';
import { createLibrary, type Library, type LibraryAccess } from '#cloud-sync/library/service.ts';
import { CodedError } from '#kit/process/errors.ts';
import { createHttp, listenOn, type Http } from '#kit/process/http.ts';
import type { Log } from '#kit/process/log.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import { servePages } from '#kit/process/web.ts';
import { PublicKeys } from '../contract/console.ts';
import type { FleetAccess } from '../fleet/access.ts';
import { createFleet, type Fleet } from '../fleet/fleet.ts';
import type { CampusConfig } from './config.ts';
import { SelfCheck } from './self-check.ts';
import { loadKeys, type CampusKeys } from './keys.ts';

export interface Campus {
  readonly port: number;
  readonly tlsPort: number;
  run(signal: AbortSignal): Promise<void>;
}

/** Addresses of the console's application. */
const PAGES = ['/', '/sign-in', '/claim', '/rooms', '/rooms/:room', '/recordings', '/audit'];
const FLEET_ACCESS: readonly string[] = ['session', 'admin', 'poll'] satisfies FleetAccess[];
const LIBRARY_ACCESS: readonly string[] = ['upload', 'catalogue', 'media'] satisfies LibraryAccess[];

/** Builds campus and starts listening on both ports; `run` keeps it up to the abort and releases everything. */
export async function startCampus(config: CampusConfig, log: Log, now: () => number = Date.now): Promise<Campus> {
  const keys = await loadKeys(config.dataDir, now());
  const fleet = fleetFrom(config, keys, log, now);
  const library = libraryFrom(config, keys, log, now);
  const check = new SelfCheck({
    folders: [{ name: 'the databases', path: config.dataDir }, { name: 'the recordings', path: config.libraryDir }],
    edgeUrl: config.edge.apiUrl,
  });
  const http = await publicHttp(config, keys, fleet, library, check, log);
  const boxHttp = await boxHttpOf(fleet, check, log);
  const port = await listenOn(http, config);
  const tlsPort = await fleet.boxServer.listen(boxHttp, { host: config.host, port: config.tlsPort });
  log.info({ port, tlsPort }, 'campus is listening');
  return {
    port,
    tlsPort,
    async run(signal) {
      await Promise.all([fleet.run(signal), check.run(signal)]);
      await Promise.all([http.close(), boxHttp.close()]);
      fleet.close();
      library.close();
    },
  };
}

function fleetFrom(config: CampusConfig, keys: CampusKeys, log: Log, now: () => number): Fleet {
  const { publicUrl, boxUrl, edge, firstAdmin, support } = config;
  const fleet = createFleet({
    databaseFile: join(config.dataDir, 'fleet.sqlite'),
    places: { publicUrl, boxUrl, edge },
    authority: keys.authority,
    tokenKeys: keys.token,
    enrolmentSecret: keys.enrolmentSecret,
    log,
    now,
  });
  fleet.users.keepOnly([{ ...firstAdmin, role: 'admin' }, ...(support ? [{ ...support, role: 'support' as const }] : [])]);
  return fleet;
}

function libraryFrom(config: CampusConfig, keys: CampusKeys, log: Log, now: () => number): Library {
  return createLibrary({
    databaseFile: join(config.dataDir, 'library.sqlite'),
    libraryDir: config.libraryDir,
    publicUrl: config.publicUrl,
    edgeApiUrl: config.edge.apiUrl,
    campusKeyPem: keys.token.publicKeyPem,
    grantSecret: keys.grantSecret,
    log,
    now,
  });
}

async function publicHttp(config: CampusConfig, keys: CampusKeys, fleet: Fleet, library: Library, check: SelfCheck, log: Log): Promise<Http> {
  const http = await createHttp({
    name: 'campus',
    log,
    metrics: createMetrics('campus'),
    health: () => check.health(),
    trustProxy: config.trustProxy ?? false,
    authorise: (access, request) => authorise(access, request, fleet, library),
  });
  http.get('/api/keys', { config: { access: 'public' }, schema: { response: { 200: PublicKeys } } }, async () => ({ publicKeyPem: keys.token.publicKeyPem }));
  fleet.addRoutes(http);
  await library.addRoutes(http);
  await servePages(http, { dist: config.consoleDist, pages: PAGES, connect: () => [] });
  return http;
}

async function boxHttpOf(fleet: Fleet, check: SelfCheck, log: Log): Promise<Http> {
  const http = await createHttp({
    name: 'campus for boxes',
    log,
    metrics: createMetrics('campus-boxes'),
    health: () => check.health(),
    authorise: (_access, request) => fleet.authoriseBox(request),
  });
  fleet.addBoxRoutes(http);
  return http;
}

/** The one authorisation table of `:8100`: which word means whom. */
async function authorise(access: string, request: FastifyRequest, fleet: Fleet, library: Library): Promise<void> {
  if (FLEET_ACCESS.includes(access)) return fleet.authorise(access as FleetAccess, request);
  if (LIBRARY_ACCESS.includes(access)) return library.authorise(access as LibraryAccess, request);
  if (access === 'catalogue-or-session') {
    // The edge's tokens are JWTs, with two full stops; a console session never has one.
    return (request.headers.authorization ?? '').includes('.') ? library.authorise('catalogue', request) : fleet.authorise('session', request);
  }
  throw new CodedError('forbidden', 'Nobody may call this.', { status: 403 });
}

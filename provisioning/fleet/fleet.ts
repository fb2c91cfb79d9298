import type { FastifyRequest } from 'fastify';
import type { Http } from '#kit/process/http.ts';
import type { Log } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import type { TokenKeys } from '#kit/process/tokens.ts';
import { authoriseFleet, type FleetAccess } from './access.ts';
import { createAudit } from './audit.ts';
import type { AuthorityKeys } from '#kit/process/certificates.ts';
import { BoxServer, authoriseBox } from './box-server.ts';
import { createBoxes } from './boxes.ts';
import type { Clock } from './clock.ts';
import { openFleetDatabase } from './database.ts';
import { EdgeSync } from './edge-sync.ts';
import { Enrolments } from './enrolments.ts';
import { FleetEvents } from './fleet-events.ts';
import { fleetOf } from './fleet-view.ts';
import { addBoxRoutes } from './http/box-routes.ts';
import { addEnrolmentRoutes } from './http/enrolment-routes.ts';
import { addFleetRoutes } from './http/fleet-routes.ts';
import { addRoomRoutes } from './http/room-routes.ts';
import { addSessionRoutes } from './http/session-routes.ts';
import type { Places } from './room-config.ts';
import { createRooms } from './rooms.ts';
import { edgeAdminToken } from './service-tokens.ts';
import { Tries } from './tries.ts';
import { createUsers, type Users } from './users.ts';

export interface FleetOptions {
  readonly databaseFile: string;
  readonly places: Places;
  readonly authority: AuthorityKeys;
  readonly tokenKeys: TokenKeys;
  readonly enrolmentSecret: string;
  readonly log: Log;
  readonly now: Clock;
}

export interface Fleet {
  readonly users: Users;
  readonly boxServer: BoxServer;
  authorise(access: FleetAccess, request: FastifyRequest): void;
  authoriseBox(request: FastifyRequest): void;
  addRoutes(http: Http): void;
  addBoxRoutes(http: Http): void;
  run(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Rooms, boxes, timetable, people: everything of campus but the recordings. Opens its database; nothing listens yet. */
export function createFleet(options: FleetOptions): Fleet {
  const { places, authority, tokenKeys, now, log } = options;
  const db = openFleetDatabase(options.databaseFile);
  const [rooms, boxes, users, audit] = [createRooms(db), createBoxes(db), createUsers(db, now), createAudit(db, now)];
  const enrolments = new Enrolments({ db, rooms, boxes, authority, secret: options.enrolmentSecret, now });
  const events = new FleetEvents(() => fleetOf(rooms, boxes, now()));
  const boxServer = new BoxServer({ authority, hosts: [new URL(places.boxUrl).hostname, 'localhost', '127.0.0.1'], now });
  const token = (): string => edgeAdminToken(tokenKeys.privateKeyPem, now());
  const edgeSync = new EdgeSync({ apiUrl: places.edge.apiUrl, rooms: () => rooms.all(), revokedSince: (ms) => boxes.revokedSince(ms), token, now });
  const origins = [new URL(places.publicUrl).origin];
  return {
    users,
    boxServer,
    authorise: (access, request) => authoriseFleet(access, request, { users, enrolments, origins }),
    authoriseBox: (request) => authoriseBox(request, boxes),
    addRoutes(http) {
      addSessionRoutes(http, { users, audit, tries: new Tries(now), secure: places.publicUrl.startsWith('https:') });
      addRoomRoutes(http, { rooms, boxes, audit, now, disconnect: (box) => boxServer.disconnect(box) });
      addEnrolmentRoutes(http, { enrolments, audit, publicUrl: places.publicUrl, boxUrl: places.boxUrl, authority: authority.certificatePem });
      addFleetRoutes(http, { rooms, boxes, events, users, now });
    },
    addBoxRoutes: (http) => addBoxRoutes(http, { rooms, boxes, enrolments, authority, places, tokenKeyPem: tokenKeys.privateKeyPem, now }),
    async run(signal) {
      const edge = supervise('edge-sync', (stop) => edgeSync.run(stop), { signal, log });
      await Promise.all([events.run(signal), boxServer.run(signal), edge]);
    },
    close: () => void db.close(),
  };
}

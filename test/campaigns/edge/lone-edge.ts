import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeConfig } from '#edge-relay/config/config.ts';
import { EDGE_AUDIENCE } from '#edge-relay/contract/access.ts';
import { createLog } from '#kit/process/log.ts';
import { type Ports, portsFrom } from '#kit/process/ports.ts';
import { createTokenKeys, signToken } from '#kit/process/tokens.ts';
import { callApi } from '../../demo/api.ts';
import { edgeConfig } from '../../demo/configs.ts';
import { openInstallation, writeAtomically } from '../../demo/installation.ts';
import { runService, waitUntilUp } from '../../demo/services.ts';
import { freePortBase } from '../../product/free-base.ts';
import { pidOf, type Signal, signalIn } from '../named-process.ts';

/** The class by WHIP and the class by RTMP. */
export const ROOMS = ['room-1', 'room-2'] as const;
export type RoomName = (typeof ROOMS)[number];

/** An edge as the product starts it, with its state on a disk and restarted as systemd would, but without box or campus. */
export interface LoneEdge {
  readonly url: string;
  readonly ports: Ports;
  /** What a publisher shows; good for longer than any campaign. */
  publishKey(room: string, owner: string): string;
  admin(method: string, path: string, body?: object): Promise<void>;
  /** An account with tickets for these rooms; the token of its session. */
  student(account: string, rooms: readonly RoomName[]): Promise<string>;
  pidOf(name: string): number;
  readonly signal: Signal;
  /** What the edge and its children said since the beginning. */
  words(): string;
  close(): Promise<void>;
}

export interface LoneEdgeOptions {
  /** Of Node, before the program. */
  readonly nodeOptions?: readonly string[];
}

const TOKEN_SECONDS = 6 * 3_600;
/** Whom a loaded edge sends elsewhere is tried by other tests; here it is the machine that is loaded, by the campaign itself. */
const NEVER_FULL: EdgeConfig['overload'] = { risesAfterMs: Number.MAX_SAFE_INTEGER };

export async function openLoneEdge({ nodeOptions = [] }: LoneEdgeOptions = {}): Promise<LoneEdge> {
  const root = mkdtempSync(join(tmpdir(), 'lectern-edge-'));
  const ports = portsFrom(await freePortBase());
  const installation = await openInstallation(root);
  const campus = createTokenKeys();
  const configFile = join(installation.configDir, 'edge.json');
  writeAtomically(configFile, { ...edgeConfig(ports, installation, campus.publicKeyPem, {}), overload: NEVER_FULL });
  const stop = new AbortController();
  const log = createLog('campaign');
  log.level = 'silent';
  const running = runService(
    { name: 'edge', main: 'edge-relay/main.ts', configFile, nodeOptions },
    { logDir: join(root, 'logs'), pidDir: installation.pidDir, log, signal: stop.signal },
  );
  const url = `http://127.0.0.1:${ports.edge}`;
  const token = (claims: object): string =>
    signToken({ iss: 'campus', aud: EDGE_AUDIENCE, sub: 'campus', exp: Math.floor(Date.now() / 1000) + TOKEN_SECONDS, ...claims }, campus.privateKeyPem);
  const admin: LoneEdge['admin'] = async (method, path, body) => void (await callApi(`${url}/api/admin/${path}`, { method, token: token({ scope: 'admin' }), ...(body === undefined ? {} : { body }) }));
  const close = async (): Promise<void> => {
    stop.abort();
    await running;
    rmSync(root, { recursive: true, force: true });
  };
  try {
    await waitUntilUp(`${url}/healthz`, stop.signal);
    for (const room of ROOMS) await openRoom(admin, room);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url, ports, admin, close,
    pidOf: (name) => pidOf(installation.pidDir, name),
    publishKey: (room, owner) => token({ scope: 'publish', room, sub: owner }),
    student: async (account, rooms) => {
      await admin('PUT', `accounts/${account}`, { name: account, email: `${account}@school.test` });
      for (const room of rooms) await admin('PUT', `tickets/${account}/${courseOf(room)}`);
      const call = { method: 'POST', token: token({ scope: 'admin' }), body: { seconds: TOKEN_SECONDS } };
      return (await callApi<{ token: string }>(`${url}/api/admin/accounts/${account}/tokens`, call)).token;
    },
    words: () => readFileSync(join(root, 'logs/edge.log'), 'utf8'),
    signal: signalIn(installation.pidDir),
  };
}

export function courseOf(room: string): string {
  return `course-of-${room}`;
}

async function openRoom(admin: LoneEdge['admin'], room: RoomName): Promise<void> {
  await admin('PUT', `rooms/${room}`, { name: room, alwaysOpen: true });
  const course = { room, title: room, teacher: 'Ada', description: 'Optics', startsAt: null, endsAt: null, priceCents: 1900, currency: 'EUR', buyUrl: 'https://shop.test/light' };
  await admin('PUT', `courses/${courseOf(room)}`, course);
}

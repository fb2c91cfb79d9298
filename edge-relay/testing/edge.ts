/** A whole edge on free ports for tests, with a campus key to sign what campus would. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '#kit/process/log.ts';
import { createTokenKeys, signToken } from '#kit/process/tokens.ts';
import { EDGE_AUDIENCE } from '../contract/access.ts';
import type { EdgeConfig } from '../config/config.ts';
import { type EdgePorts, runEdge } from '../service.ts';

export interface TestEdge {
  readonly url: string;
  readonly ports: EdgePorts;
  /** A campus token; claims replace those of an admin token. */
  token(claims?: object): string;
  publishKey(room: string, owner?: string): string;
  /** Campus signs with another key from now on; the edge's file has its public half, which the edge has to be told to read. */
  changeCampusKey(): void;
  /** What the edge reads campus's public key from. */
  readonly campusKeyFile: string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  admin(method: string, path: string, body?: object): Promise<Answer>;
  /** Everything a class needs: rooms 1 and 2, a course with ticket for amy in room 1, ben without. */
  seed(): Promise<{ readonly amy: string; readonly ben: string }>;
  playback(session: string, room?: string): Promise<Answer>;
  stop(): Promise<void>;
}

export interface CallOptions {
  readonly bearer?: string;
  readonly headers?: Record<string, string>;
  readonly json?: object;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of every shape
  readonly json: any;
}

/** A test or a bench may take all that the machine has, and means it. */
const NEVER: EdgeConfig['overload'] = { risesAfterMs: Number.MAX_SAFE_INTEGER };

const BEYOND = { loopDelayMs: 1e9, loopShare: 1e9, cpuShare: 1e9, pumpWaitMs: 1e9, peersShare: 1e9, memoryShare: 1e9 };
/** Of a hundred WebRTC connections one makes it busy, two make it full; whatever else the machine is doing counts for nothing. */
export const SOON_FULL = {
  overload: { busy: { ...BEYOND, peersShare: 0.01 }, full: { ...BEYOND, peersShare: 0.02 }, risesAfterMs: 0, easesAfterMs: 0 },
  webrtc: { host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }], maxPeers: 100 },
} satisfies Partial<EdgeConfig>;

export async function startEdge(adjust: Partial<EdgeConfig> = {}): Promise<TestEdge> {
  const folder = mkdtempSync(join(tmpdir(), 'edge-test-'));
  let campus = createTokenKeys();
  const campusKeyFile = join(folder, 'campus.pem');
  writeFileSync(campusKeyFile, campus.publicKeyPem);
  const stop = new AbortController();
  const log = createLog('edge-test');
  log.level = process.env['EDGE_TEST_LOG'] ?? 'silent';
  const config: EdgeConfig = {
    host: '127.0.0.1', port: 0, publicUrl: 'http://edge.test', dataDir: join(folder, 'data'),
    campus: { url: 'http://127.0.0.1:9' },
    webrtc: { host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }] },
    rtmp: { host: '127.0.0.1', port: 0 }, webDist: join(folder, 'dist'), allowedWebOrigins: [], overload: NEVER, ...adjust,
  };
  config.campus.publicKeyPemFile ??= campusKeyFile;
  const { promise: up, resolve, reject } = Promise.withResolvers<EdgePorts>();
  const running = runEdge(config, stop.signal, log, resolve);
  running.catch(reject);
  const ports = await up;
  const url = `http://127.0.0.1:${ports.http}`;
  const token = (claims: object = {}): string =>
    signToken({ iss: 'campus', aud: EDGE_AUDIENCE, sub: 'campus', scope: 'admin', exp: Math.floor(Date.now() / 1000) + 60, ...claims }, campus.privateKeyPem);
  const call = caller(url);
  const admin: TestEdge['admin'] = (method, path, body) => call(method, `/api/admin/${path}`, { bearer: token(), ...(body === undefined ? {} : { json: body }) });
  return {
    url, ports, token, call, admin, campusKeyFile,
    changeCampusKey: () => {
      campus = createTokenKeys();
      writeFileSync(campusKeyFile, campus.publicKeyPem);
    },
    publishKey: (room, owner = 'box-1') => token({ scope: 'publish', room, sub: owner }),
    seed: () => seed(admin),
    playback: (session, room = 'room-1') => call('POST', `/api/rooms/${room}/playback`, { bearer: session }),
    stop: async () => {
      stop.abort();
      await running;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function caller(url: string): TestEdge['call'] {
  return async (method, path, { bearer, headers = {}, json, body } = {}) => {
    const response = await fetch(new URL(path, url), {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }), ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(json === undefined ? (body === undefined ? {} : { body }) : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, text, json: isJson ? (JSON.parse(text) as unknown) : null };
  };
}

export const COURSE = {
  room: 'room-1', title: 'Light', teacher: 'Ada', description: 'Optics', startsAt: null, endsAt: null, priceCents: 1900, currency: 'EUR',
  buyUrl: 'https://shop.test/light',
};

async function seed(admin: TestEdge['admin']): Promise<{ amy: string; ben: string }> {
  await admin('PUT', 'rooms/room-1', { name: 'Room 1', alwaysOpen: false });
  await admin('PUT', 'rooms/room-2', { name: 'Room 2', alwaysOpen: true });
  await admin('PUT', 'courses/light', COURSE);
  await admin('PUT', 'courses/guest', { ...COURSE, room: 'room-2', title: 'Guest' });
  const sessions: string[] = [];
  for (const account of ['amy', 'ben']) {
    await admin('PUT', `accounts/${account}`, { name: account, email: `${account}@school.test` });
    sessions.push(((await admin('POST', `accounts/${account}/tokens`, { seconds: 3_600 })).json as { token: string }).token);
  }
  await admin('PUT', 'tickets/amy/light');
  return { amy: sessions[0] ?? '', ben: sessions[1] ?? '' };
}

/** Polls until the condition holds; fails after `withinMs`. */
export async function until<T>(condition: () => T | Promise<T>, withinMs = 20_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await condition();
    if (value !== null && value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error('it did not come to pass in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

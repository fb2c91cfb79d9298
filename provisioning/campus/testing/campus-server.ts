import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { hashPassword } from '#kit/process/secrets.ts';
import { freePort } from '#kit/testing/free-port.ts';
import { startCampus, type Campus } from '../campus.ts';
import type { CampusConfig } from '../config.ts';

export const ADMIN = { email: 'admin@school.test', password: 'correct horse' };
export const SUPPORT = { email: 'support@school.test', password: 'battery staple' };

/** Made once: they are slow on purpose. */
const HASHES = Promise.all([hashPassword(ADMIN.password), hashPassword(SUPPORT.password)]);

export interface Told {
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string;
}

/** Campus over real sockets, with an edge that writes down what it is told. */
export class CampusServer {
  readonly #folder: string;
  readonly told: Told[] = [];
  #config: CampusConfig | null = null;
  #campus: Campus | null = null;
  #edge: Server | null = null;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#campus?.port}`;
  }

  get tlsPort(): number {
    return this.#campus?.tlsPort ?? 0;
  }

  async start(): Promise<void> {
    this.#config ??= await this.#configure();
    this.#stop = new AbortController();
    this.#campus = await startCampus(this.#config, pino({ level: 'silent' }));
    this.#running = this.#campus.run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async close(): Promise<void> {
    await this.stop();
    this.#edge?.closeAllConnections();
    this.#edge?.close();
  }

  async signIn(who = ADMIN): Promise<string> {
    const { json } = await this.call('POST', '/api/session', { body: who });
    return (json as { token: string }).token;
  }

  async call(method: string, path: string, { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {}) {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: jsonOrNull(text) };
  }

  /** Ports are reserved once, so that campus can be stopped and come back at the same address. */
  async #configure(): Promise<CampusConfig> {
    const [port, tlsPort, edgeUrl] = [await freePort(), await freePort(), await this.#startEdge()];
    const [adminHash, supportHash] = await HASHES;
    return {
      host: '127.0.0.1', port, tlsPort, publicUrl: `http://127.0.0.1:${port}`, boxUrl: `https://127.0.0.1:${tlsPort}`,
      dataDir: join(this.#folder, 'campus'), libraryDir: join(this.#folder, 'library'), consoleDist: join(this.#folder, 'dist'),
      edge: { url: edgeUrl, apiUrl: edgeUrl, whip: `${edgeUrl}/whip/{room}`, whep: `${edgeUrl}/whep`, rtmp: 'rtmp://127.0.0.1/live' },
      firstAdmin: { email: ADMIN.email, passwordHash: adminHash },
      support: { email: SUPPORT.email, passwordHash: supportHash },
    };
  }

  async #startEdge(): Promise<string> {
    this.#edge = createServer((request, response) => void this.#hear(request).then(() => response.end('{}')));
    await new Promise<void>((resolve) => void this.#edge?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#edge.address() as AddressInfo).port}`;
  }

  async #hear(request: IncomingMessage): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    this.told.push({ path: request.url ?? '', body: jsonOrNull(text), authorization: request.headers.authorization ?? '' });
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // An empty answer, or a page.
    return null;
  }
}

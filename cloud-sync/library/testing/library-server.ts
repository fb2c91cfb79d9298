import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { createHttp, listenOn, type Http } from '#kit/process/http.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import { createTokenKeys, signToken } from '#kit/process/tokens.ts';
import { LIBRARY_AUDIENCE } from '../../contract/library.ts';
import { createLibrary, type Library, type LibraryAccess } from '../service.ts';

const [campusKeys, edgeKeys] = [createTokenKeys(), createTokenKeys()];

const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3_600;

export function uploadToken(room: string, exp = inAnHour(), earlierRooms: string[] = []): string {
  return signToken({ iss: 'campus', aud: LIBRARY_AUDIENCE, sub: 'box-1', scope: 'upload', room, earlierRooms, exp }, campusKeys.privateKeyPem);
}

export function catalogueToken(keys = edgeKeys): string {
  return signToken({ iss: 'edge', aud: LIBRARY_AUDIENCE, sub: 'edge', scope: 'catalogue', exp: inAnHour() }, keys.privateKeyPem);
}

/** A library over real HTTP that can be stopped and started again on the same port and disk. */
export class LibraryServer {
  readonly #folder: string;
  readonly libraryDir: string;
  #http: Http | null = null;
  #library: Library | null = null;
  #edge: Server | null = null;
  port = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.libraryDir = join(folder, 'library');
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const edgeApiUrl = await this.#startEdge();
    const log = pino({ level: 'silent' });
    const library = createLibrary({
      databaseFile: join(this.#folder, 'library.sqlite'), libraryDir: this.libraryDir, publicUrl: 'http://campus.test', edgeApiUrl,
      campusKeyPem: campusKeys.publicKeyPem, grantSecret: 'grant-secret', log, now: Date.now,
    });
    const authorise = (access: string, request: Parameters<Library['authorise']>[1]): Promise<void> =>
      library.authorise(access === 'catalogue-or-session' ? 'catalogue' : (access as LibraryAccess), request);
    const http = await createHttp({ name: 'library', log, authorise, health: () => ({ ok: true, reasons: [] }), metrics: createMetrics('library') });
    await library.addRoutes(http);
    this.port = await listenOn(http, { host: '127.0.0.1', port: this.port });
    [this.#http, this.#library] = [http, library];
  }

  async stop(): Promise<void> {
    await this.#http?.close();
    this.#library?.close();
    this.#edge?.close();
    this.#edge?.closeAllConnections();
    [this.#http, this.#library, this.#edge] = [null, null, null];
  }

  async #startEdge(): Promise<string> {
    this.#edge = createServer((_request, response) => void response.end(JSON.stringify({ publicKeyPem: edgeKeys.publicKeyPem })));
    await new Promise<void>((resolve) => void this.#edge?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#edge.address() as AddressInfo).port}`;
  }
}

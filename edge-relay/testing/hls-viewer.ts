/** An LL-HLS player on one connection, without a screen: reloads the playlist when its next part is due and fetches what is new. */
import { Agent, get as getTls } from 'node:https';

export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Served {
  readonly port: number;
  readonly ca: string;
}

export class HlsViewer {
  readonly #served: Served;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #base: string;
  readonly #token: string;
  /** Name to bytes, as they came. */
  readonly parts = new Map<string, Buffer>();

  /** `base` as in `/hls/room-1/720p`. */
  constructor(served: Served, base: string, token: string) {
    this.#served = served;
    this.#base = base;
    this.#token = token;
  }

  playlist(directives: string = ''): Promise<Got> {
    return this.get(`${this.#base}/index.m3u8?token=${this.#token}${directives}`);
  }

  get(path: string): Promise<Got> {
    const { promise, resolve, reject } = Promise.withResolvers<Got>();
    const request = getTls({ host: '127.0.0.1', port: this.#served.port, ca: this.#served.ca, path, agent: this.#agent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    request.on('error', reject);
    return promise;
  }

  /** Plays until so many parts have come. @throws Error with the answer where one is not as it should be */
  async watch(parts: number): Promise<void> {
    let text = await this.#text(await this.playlist());
    while (this.parts.size < parts) {
      const [, msn = '', part = ''] = /PRELOAD-HINT:TYPE=PART,URI="part-(\d+)\.(\d+)/.exec(text) ?? [];
      text = await this.#text(await this.playlist(`&_HLS_msn=${msn}&_HLS_part=${part}`));
      for (const [, uri = ''] of text.matchAll(/EXT-X-PART:[^\n]*URI="([^"]+)"/g)) {
        const [name = ''] = uri.split('?');
        if (uri.startsWith('part-') && isFrom(name, Number(msn), Number(part))) this.parts.set(name, await this.#good(await this.get(`${this.#base}/${uri}`)));
      }
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #text(got: Got): Promise<string> {
    return String(await this.#good(got));
  }

  async #good({ status, body }: Got): Promise<Buffer> {
    if (status !== 200) throw new Error(`${status}: ${body.toString()}`);
    return body;
  }
}

function isFrom(name: string, msn: number, part: number): boolean {
  const [of = 0, number = 0] = name.replace('part-', '').split('.').map(Number);
  return of > msn || (of === msn && number >= part);
}

import { STATUS_CODES } from 'node:http';
import { type CodedError, errorText } from '#kit/process/errors.ts';
import { type HlsAnswer, keptFor, sharedFor } from '../hls-routes.ts';
import type { Ask } from './ask.ts';

const REFUSAL = 'content-type: application/json; charset=utf-8\r\ncache-control: no-store\r\n';

/** Whole answers as bytes. One is made once a second, since it says what time it is (RFC 9110 section 6.6.1), for all who ask within it. */
export class Answers {
  readonly #keepAliveSeconds: number;
  readonly #now: () => number;
  readonly #made = new Map<Buffer, Buffer>();
  #second = 0;
  #date = '';

  constructor(keepAliveSeconds: number, now: () => number) {
    this.#keepAliveSeconds = keepAliveSeconds;
    this.#now = now;
  }

  found(kind: Ask['kind'], found: HlsAnswer): Buffer {
    this.#look();
    const known = this.#made.get(found.body);
    if (known !== undefined) return known;
    const cacheControl = kind === 'part' ? keptFor(found) : sharedFor(found.maxAgeSeconds);
    const fields = `content-type: ${found.contentType}\r\ncache-control: ${cacheControl}\r\ncross-origin-resource-policy: cross-origin\r\n`;
    const made = this.#compose(200, fields, found.body);
    this.#made.set(found.body, made);
    return made;
  }

  refusal(error: CodedError): Buffer {
    this.#look();
    return this.#compose(error.status, REFUSAL, Buffer.from(JSON.stringify(errorText(error))));
  }

  #look(): void {
    const second = Math.floor(this.#now() / 1_000);
    if (second === this.#second) return;
    this.#second = second;
    this.#date = new Date(second * 1_000).toUTCString();
    this.#made.clear();
  }

  #compose(status: number, fields: string, body: Buffer): Buffer {
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${fields}content-length: ${body.length}\r\naccess-control-allow-origin: *\r\nx-content-type-options: nosniff\r\n`
      + `date: ${this.#date}\r\nconnection: keep-alive\r\nkeep-alive: timeout=${this.#keepAliveSeconds}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head, 'latin1'), body]);
  }
}

import { createHash, randomBytes } from 'node:crypto';
import { Cam } from 'onvif';
import { escapeXml } from './xml.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A SOAP message that was not sent yet. */
export interface WrittenRequest {
  /** `media`, `ptz`…; null for the device service. */
  readonly service: string | null;
  readonly body: string;
}

/**
 * Writes ONVIF requests with the `onvif` library. It sends none of them: the library's transport waits for answers of any length, reads them
 * with expressions that a hostile camera can stall, and turns tokens that look like numbers into numbers. See docs/decisions/0014.
 * Strings given to the library must be escaped: it pastes them into its XML.
 */
export class RequestWriter {
  readonly #cam: CapturingCam;

  /** `nowMs` is the camera's time of day, as far as it is known. */
  constructor(credentials: Credentials | null, nowMs: () => number) {
    this.#cam = new CapturingCam(credentials, nowMs);
  }

  /** Operations that the library knows. */
  write(operation: (cam: Cam) => void, options: { readonly signed: boolean }): WrittenRequest {
    this.#cam.useWSSecurity = options.signed;
    return this.#cam.captured(() => operation(this.#cam));
  }

  /** Operations that it lacks, or that it writes wrong. */
  writeBody(service: string | null, body: string, options: { readonly signed: boolean }): WrittenRequest {
    this.#cam.useWSSecurity = options.signed;
    return { service, body: this.#cam._envelopeHeader() + body + this.#cam._envelopeFooter() };
  }
}

interface LibraryRequest {
  readonly service?: string;
  readonly body: string;
}

/** What the library's class has beside what its types declare. */
interface Inner {
  useWSSecurity: boolean;
  _envelopeHeader(open?: boolean): string;
  _envelopeFooter(): string;
}
const LibraryCam = Cam as unknown as new (options: object) => Cam & Inner;

class CapturingCam extends LibraryCam {
  readonly #secret: string;
  readonly #nowMs: () => number;
  #request: LibraryRequest | null = null;

  constructor(credentials: Credentials | null, nowMs: () => number) {
    const { username = '', password = '' } = credentials ?? {};
    super({ hostname: 'camera.invalid', username: escapeXml(username), password: password === '' ? '' : 'set', autoconnect: false });
    this.#secret = password;
    this.#nowMs = nowMs;
  }

  captured(operation: () => void): WrittenRequest {
    this.#request = null;
    operation();
    // Set by the call above, which the compiler cannot see.
    const request = this.#request as LibraryRequest | null;
    if (request === null) throw new Error('The onvif library wrote no request.');
    return { service: request.service ?? null, body: request.body };
  }

  /** In place of the library's own, which would send it. */
  _request(request: LibraryRequest): void {
    this.#request = request;
  }

  /** WS-Security UsernameToken profile 1.0, section 3.1. The library's own spoils every password that is not ASCII, and follows a clock of its own. */
  _passwordDigest(): { passdigest: string; nonce: string; timestamp: string } {
    const timestamp = new Date(this.#nowMs()).toISOString();
    const nonce = randomBytes(16);
    const passdigest = createHash('sha1').update(nonce).update(timestamp).update(this.#secret).digest('base64');
    return { passdigest, nonce: nonce.toString('base64'), timestamp };
  }
}

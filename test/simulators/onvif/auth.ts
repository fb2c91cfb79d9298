import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { find, textAt, type XmlElement } from '#appliance/cameras/onvif/xml.ts';
import type { OnvifFaults } from './faults.ts';

export interface Account {
  readonly username: string;
  readonly password: string;
}

/** WS-Security is refused beyond this. */
const MAX_SKEW_MS = 5_000;
const REALM = 'IP Camera';
const MAX_NONCES = 1_000;

/** Checks names and passwords as a camera does: WS-Security with its own clock and without replays, HTTP digest with its own nonces. */
export class Gate {
  readonly #account: Account;
  #seen = new Set<string>();
  #nonce = newNonce();

  constructor(account: Account) {
    this.#account = account;
  }

  admits(request: IncomingMessage, envelope: XmlElement | null, faults: OnvifFaults, nowMs: number): 'yes' | 'no' | 'stale' {
    const auth = faults.auth ?? 'wsse';
    if (auth === 'none') return 'yes';
    const header = request.headers.authorization;
    // Stills have no place for WS-Security.
    const digest = auth !== 'wsse' || request.method === 'GET';
    if (digest && header !== undefined) return this.#digest(header, request, faults.nonceUses ?? Number.POSITIVE_INFINITY);
    return auth !== 'digest' && envelope !== null && this.#wsse(find(envelope, 'Header', 'Security', 'UsernameToken'), nowMs) ? 'yes' : 'no';
  }

  /** RFC 7616: one header for each algorithm. */
  challenges(stale: boolean): string[] {
    this.#nonce = newNonce();
    return ['', ', algorithm=SHA-256'].map((algorithm) => `Digest realm="${REALM}", qop="auth", nonce="${this.#nonce.value}", opaque="5ccc"${algorithm}, stale="${stale ? 'TRUE' : 'FALSE'}"`);
  }

  #wsse(token: XmlElement | undefined, nowMs: number): boolean {
    const [nonce, created] = [textAt(token, 'Nonce'), textAt(token, 'Created')];
    if (Math.abs(Date.parse(created) - nowMs) > MAX_SKEW_MS || Number.isNaN(Date.parse(created)) || this.#seen.has(nonce)) return false;
    this.#seen = new Set([...this.#seen, nonce].slice(-MAX_NONCES));
    const digest = createHash('sha1').update(Buffer.from(nonce, 'base64')).update(created).update(this.#account.password).digest('base64');
    return textAt(token, 'Username') === this.#account.username && textAt(token, 'Password') === digest;
  }

  #digest(header: string, { method = '', url = '' }: IncomingMessage, maxUses: number): 'yes' | 'no' | 'stale' {
    const given = Object.fromEntries([...header.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map(([, name = '', quoted, token]) => [name, quoted ?? token ?? '']));
    if (given['nonce'] !== this.#nonce.value) return 'stale';
    // Requests on several connections overtake each other, but no count comes twice.
    const count = given['nc'] ?? '';
    if (this.#nonce.counts.size >= maxUses) return 'stale';
    if (this.#nonce.counts.has(count) || given['uri'] !== url) return 'no';
    this.#nonce.counts.add(count);
    const hash = (text: string): string => createHash(given['algorithm'] === 'SHA-256' ? 'sha256' : 'md5').update(text).digest('hex');
    const { username, password } = this.#account;
    const expected = hash(`${hash(`${username}:${REALM}:${password}`)}:${given['nonce']}:${given['nc']}:${given['cnonce']}:auth:${hash(`${method}:${url}`)}`);
    return given['username'] === username && given['response'] === expected ? 'yes' : 'no';
  }
}

function newNonce(): { readonly value: string; readonly counts: Set<string> } {
  return { value: randomBytes(12).toString('hex'), counts: new Set() };
}

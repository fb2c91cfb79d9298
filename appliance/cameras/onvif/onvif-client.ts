import { randomBytes } from 'node:crypto';
import type { Cam } from 'onvif';
import { CodedError } from '#kit/process/errors.ts';
import type { BoundedHttp, HttpAnswer } from './bounded-http.ts';
import { chooseChallenge, digestAuthorization, type DigestChallenge } from './http-digest.ts';
import { RequestWriter, type Credentials, type WrittenRequest } from './request-writer.ts';
import { readAnswer, SoapFault } from './soap.ts';
import type { XmlElement } from './xml.ts';

export interface AskOptions {
  /** Instead of the service's own address: a subscription has one to itself. */
  readonly at?: URL;
  readonly timeoutMs?: number;
  /** Without name and password, as only the time is asked for. */
  readonly anonymous?: boolean;
}

export type Operation = (cam: Cam) => void;

/** Nothing that a person waits for may take longer. */
const TIMEOUT_MS = 3_000;
/** Each takes a round trip; requests beside each other may spoil each other's nonces now and then. */
const MAX_TRIES = 5;

/**
 * Asks one camera: signs as it wants to be signed to (WS-Security first, HTTP digest where it answers 401), and tells faults from answers.
 * @throws CodedError `wrong_password`, `camera_cannot`, and those of {@link BoundedHttp} and {@link SoapFault}, from every method
 */
export class OnvifClient {
  readonly #http: BoundedHttp;
  readonly #device: URL;
  readonly #credentials: Credentials | null;
  readonly #writer: RequestWriter;
  readonly #signal: AbortSignal;
  #services: ReadonlyMap<string, URL> = new Map();
  /** Messages and stills are often served by two programs, of which only one may want HTTP digest. */
  readonly #digests: Record<'GET' | 'POST', { challenge: DigestChallenge | null; uses: number }> = {
    GET: { challenge: null, uses: 0 }, POST: { challenge: null, uses: 0 },
  };
  /** The camera's clock less ours. */
  #offsetMs = 0;

  constructor(http: BoundedHttp, device: URL, credentials: Credentials | null, signal: AbortSignal) {
    this.#http = http;
    this.#device = device;
    this.#credentials = credentials;
    this.#signal = signal;
    this.#writer = new RequestWriter(credentials, () => Date.now() + this.#offsetMs);
  }

  get device(): URL {
    return this.#device;
  }

  setClock(offsetMs: number): void {
    this.#offsetMs = offsetMs;
  }

  setServices(services: ReadonlyMap<string, URL>): void {
    this.#services = services;
  }

  ask(operation: Operation, options: AskOptions = {}): Promise<XmlElement> {
    return this.#exchange((signed) => this.#writer.write(operation, { signed }), options);
  }

  /** An operation in our own words; see {@link RequestWriter.writeBody}. */
  askFor(service: string, body: string, options: AskOptions = {}): Promise<XmlElement> {
    return this.#exchange((signed) => this.#writer.writeBody(service, body, { signed }), options);
  }

  /** A still, by the address that the camera gave. */
  async fetch(url: URL): Promise<Buffer> {
    const answer = await this.#authorised({ method: 'GET', url, timeoutMs: TIMEOUT_MS }, () => ({}));
    if (answer.status !== 200) throw new CodedError('camera_bad_answer', `The camera answered HTTP ${answer.status} instead of a picture.`, { status: 502 });
    return answer.body;
  }

  async #exchange(write: (signed: boolean) => WrittenRequest, options: AskOptions): Promise<XmlElement> {
    const named = options.anonymous !== true && this.#credentials !== null;
    // A camera that wants HTTP digest may refuse a message that is signed besides.
    const request = (): WrittenRequest => write(named && this.#digests.POST.challenge === null);
    const url = options.at ?? this.#addressOf(request().service);
    const answer = await this.#authorised({ method: 'POST', url, timeoutMs: options.timeoutMs ?? TIMEOUT_MS, anonymous: !named }, () => ({ body: request().body }));
    return this.#read(answer);
  }

  #read(answer: HttpAnswer): XmlElement {
    try {
      return readAnswer(answer.body.toString('utf8'));
    } catch (error) {
      if (error instanceof SoapFault && error.isNotAuthorized) throw refusal(answer);
      // Half of the cameras in the wild answer with HTML where they mean no.
      if (answer.status === 401 || answer.status === 403) throw refusal(answer);
      if (answer.status === 404 || answer.status === 405) throw new CodedError('camera_cannot', 'The camera has nothing at the address of this service.', { status: 502 });
      throw error;
    }
  }

  /** Again after a challenge, and again if only the nonce was too old. */
  async #authorised(call: { method: 'GET' | 'POST'; url: URL; timeoutMs: number; anonymous?: boolean }, content: () => { body?: string }): Promise<HttpAnswer> {
    for (let tries = 0; ; tries += 1) {
      const digest = this.#digests[call.method];
      const used = call.anonymous === true ? null : digest.challenge;
      const answer = await this.#http.call({ ...call, headers: this.#headers(call, used), ...content(), signal: this.#signal });
      const challenge = answer.status === 401 && call.anonymous !== true && this.#credentials !== null ? chooseChallenge(answer.challenges) : null;
      if (challenge === null) return answer;
      // While another request was challenged the nonce of this one became worthless: then its refusal says nothing of the password.
      const answeredTheNewest = used !== null && used === digest.challenge;
      if (tries === MAX_TRIES || (tries > 0 && answeredTheNewest && !challenge.stale)) throw refusal(answer);
      digest.challenge = challenge;
      digest.uses = 0;
    }
  }

  #headers({ method, url }: { method: 'GET' | 'POST'; url: URL }, challenge: DigestChallenge | null): Record<string, string> {
    const type: Record<string, string> = method === 'POST' ? { 'content-type': 'application/soap+xml; charset=utf-8' } : {};
    if (challenge === null || this.#credentials === null) return type;
    const digest = this.#digests[method];
    digest.uses += 1;
    const request = { ...this.#credentials, method, uri: url.pathname + url.search, count: digest.uses, clientNonce: randomBytes(8).toString('hex') };
    return { ...type, authorization: digestAuthorization(challenge, request) };
  }

  #addressOf(service: string | null): URL {
    if (service === null || service === 'device') return this.#device;
    const url = this.#services.get(service);
    if (url === undefined) throw new CodedError('camera_cannot', `This camera has no ${service} service.`);
    return url;
  }
}

/** Carries the camera's own time of day: what looks like a wrong password may be a clock that is off. */
function refusal(answer: HttpAnswer): CodedError {
  return new CodedError('wrong_password', 'The camera does not accept this name and password. Correct them in the settings of this camera.', {
    status: 409, details: { cameraTimeMs: answer.dateMs },
  });
}

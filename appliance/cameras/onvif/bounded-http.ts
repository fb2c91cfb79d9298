import { Agent as HttpAgent, type AgentOptions, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { CodedError, codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Trust } from './onvif-config.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Time of day as the camera has it, where it says so; epoch milliseconds. */
  readonly dateMs: number | null;
  readonly challenges: readonly string[];
  readonly body: Buffer;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From the call to the last byte, however steadily they trickle. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A still of 4K at best quality is larger than any answer in XML. */
const MAX_BYTES = 8 * 1_048_576;
const MAX_XML_BYTES = 1_048_576;
/** Small cameras serve a handful of connections: a long poll for events, a status, a command, and one to spare. */
const MAX_SOCKETS = 4;

/** HTTP to one camera: nothing it does costs more than a stated time and memory. Redirects are not followed. */
export class BoundedHttp {
  readonly #agents: { http: HttpAgent; https: HttpsAgent };

  constructor(trust: Trust) {
    const options = { keepAlive: true, maxSockets: MAX_SOCKETS };
    this.#agents = { http: new HttpAgent(options), https: secureAgent(trust, options) };
  }

  /** @throws CodedError `camera_timeout`, `camera_unreachable`, `camera_untrusted`, `camera_bad_answer` */
  async call(call: HttpCall): Promise<HttpAnswer> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), call.timeoutMs);
    try {
      const answer = await this.#send(call, AbortSignal.any([call.signal, stop.signal]));
      return { ...headOf(answer), body: await bodyOf(answer, call.method === 'GET' ? MAX_BYTES : MAX_XML_BYTES) };
    } catch (error) {
      throw stop.signal.aborted ? new CodedError('camera_timeout', `The camera did not answer within ${call.timeoutMs / 1000} s.`, { status: 504 }) : told(error);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  #send({ method, url, headers, body }: HttpCall, signal: AbortSignal): Promise<IncomingMessage> {
    const secure = url.protocol === 'https:';
    const options = { method, headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) }, signal };
    return new Promise((resolve, reject) => {
      const request = secure ? httpsRequest(url, { ...options, agent: this.#agents.https }) : httpRequest(url, { ...options, agent: this.#agents.http });
      request.once('response', resolve).on('error', reject).end(body);
    });
  }
}

function secureAgent(trust: Trust, options: AgentOptions): HttpsAgent {
  if (!trust.startsWith('pinned:')) return new HttpsAgent({ ...options, rejectUnauthorized: trust !== 'any' });
  const agent = new HttpsAgent(options);
  const pinned = trust.slice('pinned:'.length).toLowerCase();
  // Through the callback, so that nothing is sent before the certificate was seen.
  agent.createConnection = (request, made) => {
    connectPinned(request as ConnectionOptions, pinned, made as (error: Error | null, socket?: TLSSocket) => void);
    return undefined;
  };
  return agent;
}

/** Trusts one certificate, whoever signed it. */
function connectPinned(options: ConnectionOptions, pinned: string, made: (error: Error | null, socket?: TLSSocket) => void): void {
  const socket = connectTls({ ...options, rejectUnauthorized: false });
  const failed = (error: Error): void => made(error);
  socket.once('error', failed);
  socket.once('secureConnect', () => {
    socket.off('error', failed);
    const seen = socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase();
    if (seen === pinned) return made(null, socket);
    socket.destroy();
    made(new CodedError('camera_untrusted', `The camera shows another certificate than the pinned one: its SHA-256 is ${seen}.`, { status: 502 }));
  });
}

function headOf({ statusCode = 0, headers, headersDistinct }: IncomingMessage): Omit<HttpAnswer, 'body'> {
  const dateMs = Date.parse(headers.date ?? '');
  return { status: statusCode, contentType: headers['content-type'] ?? '', dateMs: Number.isNaN(dateMs) ? null : dateMs, challenges: headersDistinct['www-authenticate'] ?? [] };
}

async function bodyOf(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop destroys the answer, and with it the connection.
    if (bytes > maxBytes) throw new CodedError('camera_bad_answer', `The camera sent more than ${maxBytes} bytes.`, { status: 502 });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const CERTIFICATE_CODES = /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT)/;

function told(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  if (CERTIFICATE_CODES.test(codeOf(error))) {
    return new CodedError('camera_untrusted', `The camera's certificate is not trusted (${codeOf(error)}). Pin it, or set "trust" of this camera otherwise.`, { status: 502, cause: error });
  }
  return new CodedError('camera_unreachable', `The camera cannot be reached: ${reasonOf(error)}.`, { status: 503, cause: error });
}

import { Agent, request } from 'node:https';
import { checker } from '#kit/process/check.ts';
import { CodedError } from '#kit/process/errors.ts';
import Type from 'typebox';
import { BoxTokens, EnrolmentOpened, EnrolmentStatus, RoomConfig, type HealthReport } from '../contract/enrolment.ts';
import type { Identity, Ticket } from './enrolment.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

const opened = checker(EnrolmentOpened, 'bad_answer');
const enrolmentStatus = checker(EnrolmentStatus, 'bad_answer');
const roomConfig = checker(RoomConfig, 'bad_answer');
const boxTokens = checker(BoxTokens, 'bad_answer');
const renewal = checker(Type.Object({ certificate: Type.String(), authority: Type.String() }), 'bad_answer');
const refusal = checker(Type.Object({ error: Type.Object({ code: Type.String(), message: Type.String() }) }), 'bad_answer');

interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly body: string;
}

/** Before the box is a member: campus's public port. @throws CodedError campus's own, or `unreachable` */
export async function openEnrolment(campusUrl: string, ask: { csr: string; serial: string; model: string }, signal: AbortSignal): Promise<Ticket> {
  return opened(JSON.parse((await publicCall(`${campusUrl}/api/enrolment`, 'POST', {}, JSON.stringify(ask), signal)).body));
}

export async function pollEnrolment(campusUrl: string, { id, pollToken }: Ticket, signal: AbortSignal): Promise<ReturnType<typeof enrolmentStatus>> {
  const answer = await publicCall(`${campusUrl}/api/enrolment/${encodeURIComponent(id)}`, 'GET', { authorization: `Bearer ${pollToken}` }, null, signal);
  return enrolmentStatus(JSON.parse(answer.body));
}

/** Whether campus itself has refused, and not a network on the way to it: the sign-in page of a guests' network, a proxy whose campus is away. */
export function saidByCampus(error: unknown): boolean {
  return error instanceof CodedError && !['unreachable', 'bad_answer', 'bad_status'].includes(error.code);
}

/** Campus over mutual TLS, as one membership. */
export class BoxClient {
  readonly #boxUrl: string;
  readonly #agent: Agent;

  constructor({ key, member }: Identity & { kind: 'member' }) {
    this.#boxUrl = member.boxUrl;
    this.#agent = new Agent({ key: key.keyPem, cert: member.certificate, ca: member.authority, minVersion: 'TLSv1.3', keepAlive: true, maxSockets: 4 });
  }

  /** Null when it is still what the ETag stands for. */
  async config(etag: string | null, signal: AbortSignal): Promise<{ config: RoomConfig; etag: string | null } | null> {
    const answer = await this.#call('GET', '/box/config', etag === null ? {} : { 'if-none-match': etag }, null, signal);
    return answer.status === 304 ? null : { config: roomConfig(JSON.parse(answer.body)), etag: answer.etag };
  }

  async tokens(signal: AbortSignal): Promise<BoxTokens> {
    return boxTokens(JSON.parse((await this.#call('POST', '/box/tokens', {}, null, signal)).body));
  }

  async report(health: HealthReport, signal: AbortSignal): Promise<void> {
    await this.#call('POST', '/box/health', {}, JSON.stringify(health), signal);
  }

  async renew(csr: string, signal: AbortSignal): Promise<{ certificate: string; authority: string }> {
    return renewal(JSON.parse((await this.#call('POST', '/box/certificate', {}, JSON.stringify({ csr }), signal)).body));
  }

  close(): void {
    this.#agent.destroy();
  }

  async #call(method: string, path: string, headers: Record<string, string>, body: string | null, signal: AbortSignal): Promise<Answer> {
    return checked(await reached(mutualCall(this.#agent, `${this.#boxUrl}${path}`, method, jsonHeaders(headers, body), body, signal)));
  }
}

async function publicCall(url: string, method: string, headers: Record<string, string>, body: string | null, signal: AbortSignal): Promise<Answer> {
  const call = async (): Promise<Answer> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const answer = await fetch(url, { method, headers: jsonHeaders(headers, body), body, signal: limit });
    return { status: answer.status, etag: answer.headers.get('etag'), body: await textOf(answer) };
  };
  return checked(await reached(call()));
}

async function textOf(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  const chunks = answer.body as AsyncIterable<Uint8Array> | null;
  for await (const chunk of chunks ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
  }
  return text;
}

function mutualCall(agent: Agent, url: string, method: string, headers: Record<string, string>, body: string | null, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent, method, headers, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_ANSWER_BYTES) call.destroy(new Error('the answer is too long'));
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, etag: response.headers.etag ?? null, body: text }));
    });
    call.once('error', reject);
    call.end(body ?? undefined);
  });
}

function jsonHeaders(headers: Record<string, string>, body: string | null): Record<string, string> {
  return body === null ? headers : { ...headers, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
}

async function reached(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (cause) {
    throw new CodedError('unreachable', 'Campus cannot be reached.', { status: 503, cause });
  }
}

function checked(answer: Answer): Answer {
  if (answer.status < 400) return answer;
  let code = 'bad_status';
  let message = `Campus answered ${answer.status}.`;
  try {
    ({ code, message } = refusal(JSON.parse(answer.body)).error);
  } catch {
    // A proxy's page rather than campus's words: the status is all there is to say.
  }
  throw new CodedError(code, message, { status: answer.status });
}

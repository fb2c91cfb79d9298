import Type, { type Static } from 'typebox';
import { checker } from '#kit/process/check.ts';
import { CodedError } from '#kit/process/errors.ts';

/** How the library is reached, and with what right. */
export interface Credentials {
  readonly uploadsUrl: string;
  readonly libraryUrl: string;
  readonly token: string;
}

/** For a question. */
const TIMEOUT_MS = 20_000;
/** For a chunk, which is sized to take a few seconds. */
const CHUNK_TIMEOUT_MS = 60_000;

/** The library's own words. */
const Problem = Type.Object({
  error: Type.Object({ code: Type.String(), message: Type.String(), details: Type.Optional(Type.Record(Type.String(), Type.Unknown())) }),
});
const checkProblem = checker(Problem, 'bad_answer');
/** What the code of an answer begins with that is not in the library's words. */
const FOREIGN = 'http_';

/** An answer that says no: `status` decides what is done about it, `code` and the message are the library's own. */
export class Refused extends CodedError {}

/**
 * Creates an upload whose length is not known yet (tus 1.0, creation and creation-defer-length). @returns its path: wherever the library is
 * reached later, the token is sent there and nowhere else
 */
export async function createUpload(to: Credentials, metadata: Record<string, string>, signal: AbortSignal): Promise<string> {
  const pairs = Object.entries(metadata).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`);
  const headers = { 'upload-defer-length': '1', 'upload-metadata': pairs.join(',') };
  const answer = await tus(to, 'POST', to.uploadsUrl, headers, undefined, signal);
  const location = answer.headers.get('location');
  if (!location) throw new CodedError('bad_answer', 'The library created an upload and did not say where.');
  return new URL(location, to.uploadsUrl).pathname;
}

export interface UploadState {
  readonly offset: number;
  /** Null while the length is not declared. */
  readonly length: number | null;
}

/** Where an upload stands. @throws Refused with the library's own code where it has none such ({@link isGone}) */
export async function askUpload(to: Credentials, upload: string, signal: AbortSignal): Promise<UploadState> {
  try {
    const { headers } = await tus(to, 'HEAD', urlOf(to, upload), {}, undefined, signal);
    const length = headers.get('upload-length');
    return { offset: offsetOf(headers), length: length === null ? null : Number(length) };
  } catch (error) {
    if (!(error instanceof Refused) || !GONE.includes(error.status)) throw error;
    // An answer to HEAD has no body that says whose it is. One to a PATCH without a byte has.
    return { offset: await sendBytes(to, upload, { offset: 0, bytes: new Uint8Array(0), finalLength: null }, signal), length: null };
  }
}

const GONE: readonly number[] = [404, 410];

/** Whether the library says that it has no such upload, rather than a proxy whose library is being restarted. */
export function isGone(error: unknown): boolean {
  return error instanceof Refused && GONE.includes(error.status) && !error.code.startsWith(FOREIGN);
}

/** Sends bytes, and with the last ones the final length. @returns the new offset */
export async function sendBytes(
  to: Credentials, upload: string, chunk: { offset: number; bytes: Uint8Array<ArrayBuffer>; finalLength: number | null }, signal: AbortSignal,
): Promise<number> {
  const headers: Record<string, string> = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(chunk.offset) };
  if (chunk.finalLength !== null) headers['upload-length'] = String(chunk.finalLength);
  return offsetOf((await tus(to, 'PATCH', urlOf(to, upload), headers, chunk.bytes, signal)).headers);
}

/** `PUT` of JSON to the library. @returns its answer; what the caller makes of it is checked there */
export async function putJson(to: Credentials, path: string, body: string, signal: AbortSignal, timeoutMs = TIMEOUT_MS): Promise<unknown> {
  const headers = { authorization: `Bearer ${to.token}`, 'content-type': 'application/json' };
  const answer = await reach(`${to.libraryUrl}${path}`, { method: 'PUT', headers, body, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
  if (!answer.ok) throw await refusalOf(answer);
  return answer.json();
}

function urlOf(to: Credentials, upload: string): string {
  return new URL(upload, to.uploadsUrl).href;
}

async function tus(
  to: Credentials, method: string, url: string, headers: Record<string, string>, body: Uint8Array<ArrayBuffer> | undefined, signal: AbortSignal,
): Promise<Response> {
  const answer = await reach(url, {
    method,
    headers: { authorization: `Bearer ${to.token}`, 'tus-resumable': '1.0.0', ...headers },
    ...(body ? { body } : {}),
    signal: AbortSignal.any([signal, AbortSignal.timeout(body ? CHUNK_TIMEOUT_MS : TIMEOUT_MS)]),
  });
  if (!answer.ok) throw await refusalOf(answer);
  await answer.arrayBuffer();
  return answer;
}

/** @throws CodedError `unreachable` when no answer came: it says nothing about what was asked */
async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw new CodedError('unreachable', 'The cloud library cannot be reached. Recordings are safe on the box and go up by themselves.', { status: 503, cause });
  }
}

async function refusalOf(answer: Response): Promise<Refused> {
  const { status } = answer;
  const problem = problemIn(await answer.text());
  if (problem === null) return new Refused(`${FOREIGN}${status}`, `The library answered ${status}.`, { status });
  const { code, message, details } = problem;
  return new Refused(code, message, { status, ...(details ? { details } : {}) });
}

function problemIn(text: string): Static<typeof Problem>['error'] | null {
  try {
    return checkProblem(JSON.parse(text)).error;
  } catch {
    // A proxy's page, or a HEAD answer without a body: the status says enough.
    return null;
  }
}

function offsetOf(headers: Headers): number {
  const offset = Number(headers.get('upload-offset') ?? Number.NaN);
  if (!Number.isSafeInteger(offset) || offset < 0) throw new CodedError('bad_answer', 'The library did not say how much it has.');
  return offset;
}

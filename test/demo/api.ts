import { CodedError } from '#kit/process/errors.ts';

export interface Call {
  readonly method?: string;
  readonly token?: string;
  readonly body?: unknown;
}

/** A busy laptop hashes a password and builds pages at the same time. */
const TIMEOUT_MS = 30_000;

/** Calls one of Lectern's JSON APIs. @throws CodedError with the service's own code and sentence */
export async function callApi<T>(url: string, { method = 'GET', token, body }: Call = {}): Promise<T> {
  const headers: Record<string, string> = {};
  if (token) headers['authorization'] = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }), signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await answer.text();
  if (!answer.ok) throw errorOf(`${method} ${url}`, answer.status, text);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

function errorOf(what: string, status: number, text: string): CodedError {
  const { error } = parsed(text);
  return new CodedError(error?.code ?? 'http_error', `${what}: ${status} ${error?.message ?? text.slice(0, 200)}`, { status });
}

function parsed(text: string): { error?: { code: string; message: string } } {
  try {
    return JSON.parse(text) as { error?: { code: string; message: string } };
  } catch {
    return {};
  }
}

/** What went wrong, in the service's own code and words; `unreachable` and `too_slow` are said by the page. */
export class ApiError extends Error {
  readonly code: string;
  /** HTTP status, 0 where no answer came. */
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status: number, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, { cause });
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

export interface ApiClientOptions {
  /** Put in front of every path; empty for the page's own origin. */
  readonly base?: string;
  /** Bearer token of the moment, null where a cookie speaks or nobody is signed in. */
  readonly token?: () => string | null;
  readonly timeoutMs?: number;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Instead of the client's own. */
  readonly token?: string;
}

/**
 * JSON over fetch. The type of an answer is the service's contract (`Static` of its schema): the service checks what it sends, the
 * page trusts its own service. Every failure is an {@link ApiError}.
 */
export interface ApiClient {
  get<T>(path: string, options?: RequestOptions): Promise<T>;
  post<T>(path: string, body?: object, options?: RequestOptions): Promise<T>;
  put<T>(path: string, body?: object, options?: RequestOptions): Promise<T>;
  delete<T>(path: string, options?: RequestOptions): Promise<T>;
}

export function createApiClient(client: ApiClientOptions = {}): ApiClient {
  const ask = <T>(method: string, path: string, body: object | undefined, options: RequestOptions = {}) =>
    request<T>(client, method, path, body, options);
  return {
    get: (path, options) => ask('GET', path, undefined, options),
    post: (path, body, options) => ask('POST', path, body, options),
    put: (path, body, options) => ask('PUT', path, body, options),
    delete: (path, options) => ask('DELETE', path, undefined, options),
  };
}

async function request<T>(client: ApiClientOptions, method: string, path: string, body: object | undefined, options: RequestOptions) {
  const timeout = AbortSignal.timeout(client.timeoutMs ?? 8000);
  const response = await fetch((client.base ?? '') + path, {
    method,
    headers: headersOf(options.token ?? client.token?.() ?? null, body !== undefined),
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
    cache: 'no-store',
  }).catch((cause: unknown) => {
    throw noAnswer(cause);
  });
  const answer = await bodyOf(response);
  if (!response.ok) throw refusalOf(response.status, answer);
  return answer as T;
}

/** Null where there is nothing to say. A refusal speaks by its status too; a success that was cut off on its way is no answer at all. */
async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return null;
  return response.json().catch((cause: unknown) => {
    if (response.ok) throw noAnswer(cause);
    return null;
  });
}

function headersOf(token: string | null, hasBody: boolean): Headers {
  const headers = new Headers({ accept: 'application/json' });
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  if (hasBody) headers.set('content-type', 'application/json');
  return headers;
}

function noAnswer(cause: unknown): ApiError {
  const late = cause instanceof DOMException && cause.name === 'TimeoutError';
  return late
    ? new ApiError('too_slow', 'The service did not answer in time.', 0, {}, cause)
    : new ApiError('unreachable', 'The service can not be reached.', 0, {}, cause);
}

/** Every Lectern service answers `{ error: { code, message, details? } }`; a proxy in between may not. */
export function refusalOf(status: number, answer: unknown): ApiError {
  const error = (answer as { error?: { code?: unknown; message?: unknown; details?: Record<string, unknown> } } | null)?.error;
  if (typeof error?.code !== 'string') return new ApiError('bad_answer', `The service answered ${status}.`, status);
  return new ApiError(error.code, String(error.message), status, error.details);
}

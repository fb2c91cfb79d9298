/**
 * An error that a boundary may show: a stable code for programs, a sentence for the person who has to act, a status for HTTP.
 * Everything else that is thrown is a defect and is answered as `internal`.
 */
export class CodedError extends Error {
  readonly code: string;
  readonly status: number;
  /** Extra machine-readable facts, e.g. `{ retryAfterMs: 3000 }`. Never secrets. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: string,
    message: string,
    options: { status?: number; cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CodedError';
    this.code = code;
    this.status = options.status ?? 400;
    this.details = options.details;
  }
}

/** Anything thrown as what a boundary may show: a defect stays inside. */
export function codedOf(thrown: unknown): CodedError {
  return thrown instanceof CodedError ? thrown : new CodedError('internal', 'Something went wrong here. It has been logged.', { status: 500, cause: thrown });
}

/** As it goes over HTTP, for `JSON.stringify`. */
export function errorText({ code, message, details }: CodedError): object {
  return { error: { code, message, ...(details ? { details } : {}) } };
}

/** The text of anything thrown, for a log line. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The code of a system or coded error (`ECONNREFUSED`, `bad_sdp`), else an empty string. */
export function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}

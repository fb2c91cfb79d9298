import Type from 'typebox';
import { checker } from '#kit/process/check.ts';
import { CodedError } from '#kit/process/errors.ts';

const Keys = Type.Object({ publicKeyPem: Type.String() });
const checkKeys = checker(Keys, 'bad_edge_keys');
const TIMEOUT_MS = 3_000;
/** A flood of bad tokens must not become a flood of requests to the edge. */
const REFETCH_MS = 5_000;
/** Nor while the edge is away and its key was never known. */
const RETRY_MS = 1_000;

/** The edge's public token key, fetched when first needed and again when a token doesn't match it (the edge made a new one). */
export class EdgeKey {
  readonly #url: string;
  readonly #now: () => number;
  #pem: string | null = null;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<string> | null = null;

  constructor(apiUrl: string, now: () => number) {
    this.#url = `${apiUrl}/api/keys`;
    this.#now = now;
  }

  /** Runs `verify` with the known key, and once more with a fresh one when it fails. */
  async with<T>(verify: (publicKeyPem: string) => T): Promise<T> {
    if (this.#pem === null) return verify(await this.#first());
    try {
      return verify(this.#pem);
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'bad_token' || this.#now() - this.#askedAtMs < REFETCH_MS) throw error;
      return verify(await this.#fetch());
    }
  }

  /** All who come before it is known wait for one answer. */
  async #first(): Promise<string> {
    if (this.#asking === null && this.#now() - this.#askedAtMs < RETRY_MS) throw unreachable();
    this.#asking ??= this.#fetch().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #fetch(): Promise<string> {
    this.#askedAtMs = this.#now();
    try {
      const answer = await fetch(this.#url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      this.#pem = checkKeys(await answer.json()).publicKeyPem;
      return this.#pem;
    } catch (cause) {
      throw unreachable(cause);
    }
  }
}

function unreachable(cause?: unknown): CodedError {
  return new CodedError('edge_unreachable', "The edge's key could not be fetched, so its request can't be checked. Try again in a moment.", { status: 503, cause });
}

import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { sleep } from '#kit/process/supervisor.ts';

const EVERY_MS = 60_000;
const RETRY_MS = 10_000;
const TIMEOUT_MS = 5_000;
/** A slower answer says too little about the instant it was given. */
const SLOWEST_MS = 2_000;
/** A crystal drifts by some 50 millionths: after an hour 0.2 s. */
const GOOD_FOR_MS = 3_600_000;
/** A clock that is further off says nothing about certificates, which last for months. */
const VOUCHED_WITHIN_MS = 3_600_000;

/** The time as a server of the school tells it in its `Date` header (RFC 9110, 6.6.1): good to about a second, where nothing better is at hand. */
export class NetworkTime {
  readonly #url: string;
  readonly #log: Log;
  #known: { readonly offsetMs: number; readonly askedAtMs: number } | null = null;

  constructor(url: string, log: Log) {
    this.#url = url;
    this.#log = log;
  }

  /** Its time minus this machine's monotonic clock, ms; null where it could not be asked for an hour. */
  offsetMs(): number | null {
    return this.#known !== null && performance.now() - this.#known.askedAtMs < GOOD_FOR_MS ? this.#known.offsetMs : null;
  }

  /** This machine's wall clock minus the server's, ms. */
  clockErrorMs(): number | null {
    const offsetMs = this.offsetMs();
    return offsetMs === null ? null : Date.now() - performance.now() - offsetMs;
  }

  /** Whether the server says nearly what this machine's clock says; false too while nobody could be asked. */
  get vouchesForClock(): boolean {
    const errorMs = this.clockErrorMs();
    return errorMs !== null && Math.abs(errorMs) < VOUCHED_WITHIN_MS;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await sleep((await this.ask(signal)) ? EVERY_MS : RETRY_MS, signal);
  }

  async ask(signal: AbortSignal): Promise<boolean> {
    try {
      const sentMs = performance.now();
      const answer = await fetch(this.#url, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
      const heardMs = performance.now();
      await answer.body?.cancel();
      const serverMs = Date.parse(answer.headers.get('date') ?? '');
      if (!Number.isFinite(serverMs) || heardMs - sentMs > SLOWEST_MS) return false;
      // Whole seconds, cut off: on average the server's clock was half a second further.
      this.#known = { offsetMs: serverMs + 500 - (sentMs + heardMs) / 2, askedAtMs: heardMs };
      return true;
    } catch (thrown) {
      this.#log.debug({ reason: reasonOf(thrown) }, 'the time could not be asked for');
      return false;
    }
  }
}

import type { Offer, Playback } from '#edge-relay/contract/api.ts';
import { ApiError } from '#kit/ui/client/api-client.ts';
import { pause } from '#kit/ui/time/pause.ts';
import { service } from '../shared/service.ts';
import { askAgainAfterMs, isPassing, RETRY_MS, waitsForPerson } from './asking.ts';

export type Grant =
  | { readonly kind: 'asking' }
  | { readonly kind: 'granted'; readonly playback: Playback }
  | { readonly kind: 'offer'; readonly offer: Offer }
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'refused'; readonly error: ApiError };

/** Browsers let the timers of a hidden page run once a minute: a round that is missed must still be early enough. */
const RENEW_BEFORE_MS = 120_000;
/** Timers stand still while a device sleeps: the clock is looked at this often. */
const LOOK_MS = 15_000;
/** Of a token whose edge does not say it (design D12). */
const LIFETIME_S = 600;
const notDue = (): number => Infinity;

/** The right to watch one room: asked for, renewed in silence before it ends, told in words when it is refused. */
export class PlaybackGrant {
  readonly #path: string;
  #grant = $state.raw<Grant>({ kind: 'asking' });
  #waiting = new AbortController();
  /** Milliseconds until it is to be asked again, at most 0 where that is overdue. */
  #leftMs = notDue;

  constructor(room: string) {
    this.#path = `/api/rooms/${encodeURIComponent(room)}/playback`;
  }

  get current(): Grant {
    return this.#grant;
  }

  get playback(): Playback | null {
    return this.#grant.kind === 'granted' ? this.#grant.playback : null;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#waiting = new AbortController();
      const waitMs = await this.#ask(signal);
      await this.#wait(waitMs, AbortSignal.any([signal, this.#waiting.signal]));
    }
  }

  askAgain(): void {
    this.#waiting.abort();
  }

  /** The page is looked at again: what it waits for may have come, or its device slept while the token ran out. */
  lookAgain(): void {
    const grant = this.#grant;
    if (grant.kind === 'granted' && this.#leftMs() > 0) return;
    if (grant.kind === 'refused' && waitsForPerson(grant.error)) return;
    this.askAgain();
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    this.#leftMs = countdown(ms);
    while (!signal.aborted && this.#leftMs() > 0) await pause(Math.min(LOOK_MS, this.#leftMs()), signal);
    this.#leftMs = notDue;
  }

  /** @returns when to ask again */
  async #ask(signal: AbortSignal): Promise<number> {
    // Naming the old token keeps the place: a renewal is not one more viewer.
    const renews = this.playback ? { renews: this.playback.token } : undefined;
    try {
      const playback = await service.post<Playback>(this.#path, renews, { signal });
      this.#grant = { kind: 'granted', playback };
      return Math.max(RETRY_MS, (playback.expiresInS ?? LIFETIME_S) * 1_000 - RENEW_BEFORE_MS);
    } catch (error) {
      if (signal.aborted) return 0;
      if (!(error instanceof ApiError)) throw error;
      return this.#refuse(error);
    }
  }

  #refuse(error: ApiError): number {
    // What is granted stays so while the service is only out of reach.
    if (isPassing(error) && this.#grant.kind === 'granted') return RETRY_MS;
    this.#grant = grantOf(error);
    return askAgainAfterMs(error);
  }
}

/** What is left of a time, by the clock that saw more of it pass: one may stand still while the device sleeps, the other may be set back. */
function countdown(ms: number): () => number {
  const [setAtMs, steadyAtMs] = [Date.now(), performance.now()];
  return () => ms - Math.max(Date.now() - setAtMs, performance.now() - steadyAtMs);
}

function grantOf(error: ApiError): Grant {
  if (error.status === 401) return { kind: 'sign-in' };
  if (error.status === 402) return { kind: 'offer', offer: error.details['offer'] as Offer };
  return { kind: 'refused', error };
}

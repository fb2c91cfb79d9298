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

const RENEW_BEFORE_MS = 60_000;

/** The right to watch one room: asked for, renewed in silence before it ends, told in words when it is refused. */
export class PlaybackGrant {
  readonly #path: string;
  #grant = $state.raw<Grant>({ kind: 'asking' });
  #waiting = new AbortController();

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
      await pause(waitMs, AbortSignal.any([signal, this.#waiting.signal]));
    }
  }

  askAgain(): void {
    this.#waiting.abort();
  }

  /** The page is looked at again: what it waits for may have come. */
  lookAgain(): void {
    const grant = this.#grant;
    if (grant.kind === 'granted' || (grant.kind === 'refused' && waitsForPerson(grant.error))) return;
    this.askAgain();
  }

  /** @returns when to ask again */
  async #ask(signal: AbortSignal): Promise<number> {
    // Naming the old token keeps the place: a renewal is not one more viewer.
    const renews = this.playback ? { renews: this.playback.token } : undefined;
    try {
      const playback = await service.post<Playback>(this.#path, renews, { signal });
      this.#grant = { kind: 'granted', playback };
      return Math.max(RETRY_MS, Date.parse(playback.expiresAt) - Date.now() - RENEW_BEFORE_MS);
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

function grantOf(error: ApiError): Grant {
  if (error.status === 401) return { kind: 'sign-in' };
  if (error.status === 402) return { kind: 'offer', offer: error.details['offer'] as Offer };
  return { kind: 'refused', error };
}

import type { Offer, Playback } from '#edge-relay/contract/api.ts';
import { ApiError } from '#kit/ui/client/api-client.ts';
import { pause } from '#kit/ui/time/pause.ts';
import { service } from '../shared/service.ts';

export type Grant =
  | { readonly kind: 'asking' }
  | { readonly kind: 'granted'; readonly playback: Playback }
  | { readonly kind: 'offer'; readonly offer: Offer }
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

const RENEW_BEFORE_MS = 60_000;
const RETRY_MS = 2_000;

/** The right to watch one room: asked for, renewed in silence before it ends, told in words when it is refused. */
export class PlaybackGrant {
  #room: string;
  #grant = $state.raw<Grant>({ kind: 'asking' });

  constructor(room: string) {
    this.#room = room;
  }

  get current(): Grant {
    return this.#grant;
  }

  get playback(): Playback | null {
    return this.#grant.kind === 'granted' ? this.#grant.playback : null;
  }

  /** Resolves on abort, or when the answer is one that only the student can change. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await this.#ask(signal);
      if (waitMs === null) return;
      await pause(waitMs, signal);
    }
  }

  /** @returns when to ask again, null never */
  async #ask(signal: AbortSignal): Promise<number | null> {
    try {
      const playback = await service.post<Playback>(`/api/rooms/${encodeURIComponent(this.#room)}/playback`, undefined, { signal });
      this.#grant = { kind: 'granted', playback };
      return Math.max(RETRY_MS, Date.parse(playback.expiresAt) - Date.now() - RENEW_BEFORE_MS);
    } catch (error) {
      return this.#refused(error);
    }
  }

  #refused(error: unknown): number | null {
    if (!(error instanceof ApiError)) throw error;
    const passing = error.status === 0 || error.status >= 500 || error.status === 429;
    // What is granted stays so while the service is only out of reach.
    if (passing && this.#grant.kind === 'granted') return RETRY_MS;
    if (error.status === 401) this.#grant = { kind: 'sign-in' };
    else if (error.status === 402) this.#grant = { kind: 'offer', offer: error.details['offer'] as Offer };
    else this.#grant = { kind: 'refused', code: error.code, message: error.message };
    return passing ? RETRY_MS : null;
  }
}

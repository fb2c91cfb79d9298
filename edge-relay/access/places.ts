/**
 * How many places an account takes at once: each WebRTC or HTTP-FLV viewer, and each playback token whose HLS playlists were asked for in
 * the last ten seconds, by itself or by a cache on its behalf. Bounded, so that a ticket is not a broadcast licence.
 */
const HLS_FADES_MS = 10_000;

interface Place {
  readonly account: string;
  /** The playback session it was taken under. */
  readonly session: string;
  readonly room: string;
  /** Infinity for a WebRTC or HTTP-FLV viewer, who frees the place by leaving. */
  endsAtMs: number;
}

export class Places {
  readonly #places = new Map<string, Place>();
  readonly #limit: number;

  /** `limit` is per account; Infinity lifts it (load tests). */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether this account may take one more place, or sits already under this playback session (which it may then renew). */
  hasRoomFor(account: string, session: string | null, nowMs: number): boolean {
    if (this.#limit === Infinity || (this.#places.get(session ?? '')?.endsAtMs ?? 0) > nowMs) return true;
    let taken = 0;
    for (const place of this.#places.values()) {
      if (place.account !== account || place.endsAtMs <= nowMs) continue;
      if (place.session === session) return true;
      taken += 1;
    }
    return taken < this.#limit;
  }

  /** A viewer who stays connected sits down; the answer frees the place. */
  sit(id: string, viewer: { readonly account: string; readonly room: string; readonly session: string }): () => void {
    this.#places.set(id, { ...viewer, endsAtMs: Infinity });
    return () => this.#places.delete(id);
  }

  /** An HLS playlist was asked for under this playback session, or, with `heldMs`, may be asked for elsewhere for so long without word of it here. */
  touch(session: string, viewer: { readonly account: string; readonly room: string }, nowMs: number, heldMs: number = 0): void {
    const endsAtMs = nowMs + heldMs + HLS_FADES_MS;
    const place = this.#places.get(session);
    if (place === undefined) this.#places.set(session, { account: viewer.account, room: viewer.room, session, endsAtMs });
    else place.endsAtMs = Math.max(place.endsAtMs, endsAtMs);
  }

  viewers(room: string, nowMs: number): number {
    let count = 0;
    for (const place of this.#places.values()) if (place.room === room && place.endsAtMs > nowMs) count += 1;
    return count;
  }

  /** Places that HLS viewers hold. */
  fading(nowMs: number): number {
    return [...this.#places.values()].filter(({ endsAtMs }) => endsAtMs > nowMs && endsAtMs !== Infinity).length;
  }

  /** Forgets faded places; called once a second. */
  sweep(nowMs: number): void {
    for (const [id, place] of this.#places) if (place.endsAtMs <= nowMs) this.#places.delete(id);
  }
}

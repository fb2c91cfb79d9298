/**
 * How many places an account takes at once: each WebRTC viewer, and each playback token whose HLS playlists were asked for in
 * the last ten seconds. Bounded, so that a ticket is not a broadcast licence.
 */
const HLS_FADES_MS = 10_000;

interface Place {
  readonly account: string;
  readonly room: string;
  /** Infinity for a WebRTC viewer, who frees the place by leaving. */
  endsAtMs: number;
}

export class Places {
  readonly #places = new Map<string, Place>();
  readonly #limit: number;

  /** `limit` is per account; Infinity lifts it (load tests). */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether this account may take one more place, or already has the place `id`. */
  hasRoomFor(account: string, id: string | null, nowMs: number): boolean {
    if (this.#limit === Infinity || (id !== null && this.#isTaken(id, nowMs))) return true;
    let taken = 0;
    for (const place of this.#places.values()) {
      if (place.account === account && place.endsAtMs > nowMs) taken += 1;
    }
    return taken < this.#limit;
  }

  /** A WebRTC viewer sits down; the answer frees the place. */
  sit(id: string, account: string, room: string): () => void {
    this.#places.set(id, { account, room, endsAtMs: Infinity });
    return () => this.#places.delete(id);
  }

  /** An HLS playlist was asked for under this token. */
  touch(id: string, account: string, room: string, nowMs: number): void {
    const place = this.#places.get(id);
    if (place === undefined) this.#places.set(id, { account, room, endsAtMs: nowMs + HLS_FADES_MS });
    else place.endsAtMs = Math.max(place.endsAtMs, nowMs + HLS_FADES_MS);
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

  #isTaken(id: string, nowMs: number): boolean {
    const place = this.#places.get(id);
    return place !== undefined && place.endsAtMs > nowMs;
  }
}

/**
 * How many places an account takes at once: each WebRTC or HTTP-FLV viewer, and each playback token whose HLS playlists were asked for in
 * the last ten seconds, by itself or by a cache on its behalf. Bounded, so that a ticket is not a broadcast licence. And so the list of who watches,
 * whichever way.
 */
import type { SeatFigures } from '../contract/operations.ts';

const HLS_FADES_MS = 10_000;
/** Who was connected this recently is coming back, and not new. */
const LATELY_MS = 30_000;

/** What holds a place for as long as it is connected. */
export interface Seat {
  readonly protocol: 'whep' | 'flv' | 'rtmp';
  figures(): SeatFigures;
  /** At once; the reason is told where the protocol has a way to. */
  end(reason: string): void;
}

export interface Place {
  readonly account: string;
  /** The playback session it was taken under. */
  readonly session: string;
  readonly room: string;
  readonly sinceMs: number;
  /** Null for an HLS viewer. */
  readonly seat: Seat | null;
  /** When a playlist was last asked for by an HLS viewer, and of which layer the last one was; null where a cache answers for us. */
  lastSeenMs: number;
  layer: string | null;
  /** Infinity for a WebRTC or HTTP-FLV viewer, who frees the place by leaving. */
  endsAtMs: number;
}

export class Places {
  readonly #places = new Map<string, Place>();
  /** When each session's last seat was left, and whose it was. */
  readonly #left = new Map<string, { readonly account: string; readonly room: string; readonly atMs: number }>();
  readonly #limit: number;
  readonly #now: () => number;

  /** `limit` is per account; Infinity lifts it (load tests). */
  constructor(limit: number, now: () => number = Date.now) {
    this.#limit = limit;
    this.#now = now;
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
  sit(id: string, viewer: Pick<Place, 'account' | 'room' | 'session' | 'seat'>): () => void {
    const nowMs = this.#now();
    this.#places.set(id, { ...viewer, sinceMs: nowMs, lastSeenMs: nowMs, layer: null, endsAtMs: Infinity });
    return () => {
      if (this.#places.delete(id)) this.#left.set(viewer.session, { account: viewer.account, room: viewer.room, atMs: this.#now() });
    };
  }

  /**
   * An HLS playlist was asked for under this playback session, or, with `heldMs`, may be asked for elsewhere for so long without word of it here. `layer` where it was
   * the playlist of one.
   */
  touch(session: string, viewer: { readonly account: string; readonly room: string }, nowMs: number, { heldMs = 0, layer = null }: { readonly heldMs?: number; readonly layer?: string | null } = {}): void {
    const endsAtMs = nowMs + heldMs + HLS_FADES_MS;
    const place = this.#places.get(session);
    if (place === undefined) {
      this.#places.set(session, { account: viewer.account, room: viewer.room, session, seat: null, sinceMs: nowMs, lastSeenMs: nowMs, layer, endsAtMs });
      return;
    }
    place.endsAtMs = Math.max(place.endsAtMs, endsAtMs);
    place.lastSeenMs = nowMs;
    if (layer !== null) place.layer = layer;
  }

  /** Whoever watches, by the place's id. */
  *all(nowMs: number): Iterable<readonly [string, Place]> {
    for (const entry of this.#places) if (entry[1].endsAtMs > nowMs) yield entry;
  }

  find(id: string, nowMs: number): Place | null {
    const place = this.#places.get(id);
    return place !== undefined && place.endsAtMs > nowMs ? place : null;
  }

  /** Ends whatever is watched under this playback session. */
  end(session: string, reason: string): void {
    for (const [id, place] of this.#places) {
      if (place.session !== session) continue;
      place.seat?.end(reason);
      this.#places.delete(id);
    }
  }

  /** Whether this session is connected or was a moment ago; with `hls`, watching by playlists will do. */
  isKnown(session: string, nowMs: number, { hls }: { readonly hls: boolean }): boolean {
    if (nowMs - (this.#left.get(session)?.atMs ?? Number.NEGATIVE_INFINITY) < LATELY_MS) return true;
    if (hls && (this.#places.get(session)?.endsAtMs ?? 0) > nowMs) return true;
    for (const place of this.#places.values()) if (place.session === session && place.seat !== null) return true;
    return false;
  }

  /** Whether this account watches this room, or was connected to it a moment ago, under whatever session. */
  isHere(account: string, room: string, nowMs: number): boolean {
    for (const left of this.#left.values()) if (left.account === account && left.room === room && nowMs - left.atMs < LATELY_MS) return true;
    for (const place of this.#places.values()) if (place.account === account && place.room === room && place.endsAtMs > nowMs) return true;
    return false;
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
    for (const [session, { atMs }] of this.#left) if (nowMs - atMs >= LATELY_MS) this.#left.delete(session);
  }
}

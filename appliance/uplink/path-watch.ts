import type { Clock } from '#kit/media/clock.ts';
import { reasonOf } from '#kit/process/errors.ts';
import type { Peer } from '#kit/webrtc/types.ts';

/**
 * What to do about the path of a connection that stands (pure): a restart of ICE when nothing has been heard for a while (RFC 7675) or when the
 * machine has other addresses, and the end of the connection when that does not bring it back.
 */
export type PathState =
  | { readonly kind: 'good'; readonly addresses: string }
  | { readonly kind: 'restarting'; readonly addresses: string; readonly sinceMs: number };

export type PathAction = 'none' | 'restart' | 'give-up';

export interface PathSeen {
  readonly nowMs: number;
  /** Since the far end was last heard. */
  readonly silentMs: number;
  readonly addresses: string;
}

/** The edge reports every 50 ms while anything is sent. */
export const SILENT_MS = 3_000;
const RESTART_WITHIN_MS = 2_000;

export function nextPath(state: PathState, { nowMs, silentMs, addresses }: PathSeen): { readonly state: PathState; readonly action: PathAction } {
  if (state.kind === 'restarting') {
    if (nowMs - silentMs > state.sinceMs) return { state: { kind: 'good', addresses }, action: 'none' };
    return { state, action: nowMs - state.sinceMs > RESTART_WITHIN_MS ? 'give-up' : 'none' };
  }
  const moved = addresses !== state.addresses && addresses !== '';
  if (!moved && silentMs < SILENT_MS) return { state, action: 'none' };
  return { state: { kind: 'restarting', addresses, sinceMs: nowMs }, action: 'restart' };
}

export interface PathWatchParts {
  /** Its times are its own clock's: only whether they move counts here. */
  readonly peer: Pick<Peer, 'heardAtMs'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** This machine's, in one line. */
  readonly addresses: () => string;
  readonly restart: () => Promise<void>;
  readonly onLost: (reason: string) => void;
}

const LOOK_EVERY_MS = 500;

/** Watches the path of one connection and does what `nextPath` says. */
export class PathWatch {
  readonly #parts: PathWatchParts;
  readonly #timer: NodeJS.Timeout;
  #state: PathState;
  /** As the peer says, and when this was first seen, by the clock of this watch. */
  #heard: { readonly atMs: number; readonly seenAtMs: number };

  constructor(parts: PathWatchParts) {
    this.#parts = parts;
    this.#state = { kind: 'good', addresses: parts.addresses() };
    this.#heard = { atMs: parts.peer.heardAtMs, seenAtMs: parts.clock.nowMs() };
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { clock, addresses, restart, onLost } = this.#parts;
    const nowMs = clock.nowMs();
    const { state, action } = nextPath(this.#state, { nowMs, silentMs: this.#silentMs(nowMs), addresses: addresses() });
    this.#state = state;
    if (action === 'give-up') onLost('the network between this box and the edge is down.');
    if (action === 'restart') restart().catch((thrown: unknown) => this.#refused(thrown));
  }

  /** A restart that came to nothing, its request lost with the old network, costs a class nothing while the far end is heard: the next look decides. */
  #refused(thrown: unknown): void {
    const { clock, onLost } = this.#parts;
    if (this.#silentMs(clock.nowMs()) >= SILENT_MS) onLost(`the connection to the edge was lost (${reasonOf(thrown)}).`);
  }

  #silentMs(nowMs: number): number {
    const atMs = this.#parts.peer.heardAtMs;
    if (atMs !== this.#heard.atMs) this.#heard = { atMs, seenAtMs: nowMs };
    return nowMs - this.#heard.seenAtMs;
  }
}

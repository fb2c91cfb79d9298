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
  readonly heardAtMs: number;
  readonly addresses: string;
}

/** The edge reports every 50 ms while anything is sent. */
export const SILENT_MS = 3_000;
const RESTART_WITHIN_MS = 2_000;

export function nextPath(state: PathState, { nowMs, heardAtMs, addresses }: PathSeen): { readonly state: PathState; readonly action: PathAction } {
  if (state.kind === 'restarting') {
    if (heardAtMs > state.sinceMs) return { state: { kind: 'good', addresses }, action: 'none' };
    return { state, action: nowMs - state.sinceMs > RESTART_WITHIN_MS ? 'give-up' : 'none' };
  }
  const moved = addresses !== state.addresses && addresses !== '';
  if (!moved && nowMs - heardAtMs < SILENT_MS) return { state, action: 'none' };
  return { state: { kind: 'restarting', addresses, sinceMs: nowMs }, action: 'restart' };
}

export interface PathWatchParts {
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

  constructor(parts: PathWatchParts) {
    this.#parts = parts;
    this.#state = { kind: 'good', addresses: parts.addresses() };
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { peer, clock, addresses, restart, onLost } = this.#parts;
    const { state, action } = nextPath(this.#state, { nowMs: clock.nowMs(), heardAtMs: peer.heardAtMs, addresses: addresses() });
    this.#state = state;
    if (action === 'give-up') onLost('the network between this box and the edge is down.');
    if (action === 'restart') restart().catch((thrown: unknown) => onLost(`the connection to the edge was lost (${reasonOf(thrown)}).`));
  }
}

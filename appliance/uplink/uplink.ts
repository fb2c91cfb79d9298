import type { Clock } from '#kit/media/clock.ts';
import type { Log } from '#kit/process/log.ts';
import { NO_WAY, type Connection, type UplinkTarget, type WayMeasured } from './connection.ts';
import { NO_UPLINK, nextUplink, wayOf, waysOf, type UplinkEvent, type UplinkState, type Way } from './uplink-state.ts';
import type { UplinkWays } from './ways.ts';

export interface UplinkParts {
  readonly open: UplinkWays;
  /** Null while the box has no room or no token. */
  readonly target: () => UplinkTarget | null;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
}

/** How long `end` waits for a polite goodbye. */
const GOODBYE_MS = 1_000;
const NO_TARGET = 'This box has not been told yet where its class goes.';

/** Does what the uplink's state machine says. */
export class Uplink {
  readonly #parts: UplinkParts;
  #state: UplinkState = NO_UPLINK;
  #reason = '';
  #connections: Record<Way, Connection | null> = { whip: null, 'whip-tcp': null, rtmps: null, rtmp: null };
  #closing = new Set<Promise<void>>();
  #classOver = false;

  constructor(parts: UplinkParts) {
    this.#parts = parts;
  }

  begin(): void {
    this.#reason = '';
    if (this.#state.kind === 'idle') this.#parts.open.beginHere();
    this.#apply({ type: 'begin' });
  }

  /** Nothing leaves from this call on; it resolves when the goodbyes are said, or after a second. Without `classOver` students are kept waiting. */
  async end({ classOver }: { readonly classOver: boolean } = { classOver: true }): Promise<void> {
    this.#classOver = classOver;
    this.#apply({ type: 'end' });
    this.#classOver = false;
    const deadline = new Promise<void>((resolve) => setTimeout(resolve, GOODBYE_MS).unref());
    await Promise.race([Promise.all(this.#closing), deadline]);
  }

  targetChanged(): void {
    this.#apply({ type: 'target-changed' });
  }

  /** The edge answers, but does not have the class. */
  unseen(): void {
    this.#apply({ type: 'unseen' });
  }

  /** Called a few times a second: deadlines and retries. */
  tick(): void {
    this.#apply({ type: 'tick' });
  }

  /** Of the present connection. */
  framesLeftOut(): number {
    const way = wayOf(this.#state);
    return way === null ? 0 : (this.#connections[way]?.framesLeftOut() ?? 0);
  }

  facts(): { protocol: 'whip' | 'rtmp' | 'none'; bytesSent: number; problem: string; way: WayMeasured } {
    const way = wayOf(this.#state);
    const connection = way === null ? null : this.#connections[way];
    return { protocol: protocolOf(way), bytesSent: connection?.bytesSent() ?? 0, problem: this.#problem(way), way: connection?.measured() ?? NO_WAY };
  }

  #problem(way: Way | null): string {
    if (way !== null || this.#reason === '') return '';
    return `Students cannot see this class yet: ${this.#reason} It is recorded, and this box keeps trying.`;
  }

  #apply(event: UplinkEvent): void {
    const ways = waysOf({ rtmps: this.#parts.target()?.rtmps !== undefined });
    const { state, effects } = nextUplink(this.#state, event, this.#parts.clock.nowMs(), Math.random(), ways);
    if (state === this.#state && effects.length === 0) return;
    this.#note(event, state);
    this.#state = state;
    for (const { type, way } of effects) {
      if (type === 'open') this.#open(way);
      else this.#close(way);
    }
  }

  #note(event: UplinkEvent, state: UplinkState): void {
    const reason = 'reason' in event ? event.reason : this.#reason;
    const news = reason !== this.#reason || wayOf(state) !== wayOf(this.#state);
    this.#reason = wayOf(state) === null ? reason : '';
    // Retries for the same reason go on for hours in a school without network: they are told once.
    this.#parts.log[news ? 'info' : 'debug']({ from: this.#state.kind, to: state.kind, way: wayOf(state), event: event.type, reason }, 'uplink');
  }

  #open(way: Way): void {
    this.#close(way);
    const target = this.#parts.target();
    if (target === null) {
      queueMicrotask(() => this.#apply({ type: 'failed', way, reason: NO_TARGET }));
      return;
    }
    const opened: Connection = this.#parts.open[way](target, {
      // Words from a connection that was given up meanwhile mean nothing.
      connected: () => this.#connections[way] === opened && this.#apply({ type: 'connected', way }),
      failed: (reason) => this.#connections[way] === opened && this.#apply({ type: 'failed', way, reason }),
    });
    this.#connections[way] = opened;
  }

  #close(way: Way): void {
    const connection = this.#connections[way];
    this.#connections[way] = null;
    if (connection === null) return;
    const closing = connection.close({ classOver: this.#classOver });
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}

function protocolOf(way: Way | null): 'whip' | 'rtmp' | 'none' {
  if (way === null) return 'none';
  return way === 'rtmp' || way === 'rtmps' ? 'rtmp' : 'whip';
}

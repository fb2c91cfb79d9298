/** Who was asked to leave. A ticket is not touched by it: a playback session is over for good, an account stays out of a room for as long as was said. */
import { CodedError } from '#kit/process/errors.ts';

/** No playback token lives longer, nor is one renewed for a session that is over. */
const SESSION_MS = 600_000;

export interface Watching {
  readonly account: string;
  readonly room: string;
  /** Playback session; null where there is none yet. */
  readonly place: string | null;
}

export class SentAway {
  /** Until when it is remembered. Only admins add to both. */
  readonly #sessions = new Map<string, number>();
  readonly #accounts = new Map<string, number>();

  endSession(session: string, nowMs: number): void {
    this.#sessions.set(session, nowMs + SESSION_MS);
  }

  /** A time that is not in the future lifts an earlier one. */
  keepOut(account: string, room: string, untilMs: number): void {
    this.#accounts.set(keyOf(account, room), untilMs);
  }

  /** @throws CodedError 403 `sent_away` */
  demandWelcome({ account, room, place }: Watching, nowMs: number): void {
    const untilMs = this.#accounts.get(keyOf(account, room)) ?? 0;
    if (untilMs > nowMs) throw sentAway(untilMs, nowMs);
    if (place !== null && (this.#sessions.get(place) ?? 0) > nowMs) throw sentAway(null, nowMs);
  }

  /** Forgets what is over; called now and then. */
  sweep(nowMs: number): void {
    for (const all of [this.#sessions, this.#accounts]) for (const [key, untilMs] of all) if (untilMs <= nowMs) all.delete(key);
  }
}

const keyOf = (account: string, room: string): string => `${account}/${room}`;

function sentAway(untilMs: number | null, nowMs: number): CodedError {
  const until = untilMs === null ? null : new Date(untilMs).toISOString();
  const back = until === null ? 'Open it again if this was a mistake.' : `You may come back at ${until}.`;
  return new CodedError('sent_away', `You were asked to leave this class. ${back}`, { status: 403, details: { until, ...(untilMs === null ? {} : { retryAfterMs: untilMs - nowMs }) } });
}

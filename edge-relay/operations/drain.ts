/** Emptying this edge: nobody new comes in, and those who are here are sent on little by little, so that another edge is not rushed. */
import { CodedError } from '#kit/process/errors.ts';

/** Where the order does not say. */
const OVER_SECONDS = 60;
/** Whoever is sent on may be back here, where nothing else takes them, when the edge is not emptied any more. */
const RETRY_MS = 2_000;

export interface Draining {
  readonly sinceMs: number;
  readonly untilMs: number;
}

export class Drain {
  #draining: Draining | null = null;
  readonly #moved = new Set<string>();

  /** Null while it is business as usual. */
  get draining(): Draining | null {
    return this.#draining;
  }

  /** Again with the same time changes nothing; with another one the end moves. */
  begin(nowMs: number, overSeconds: number = OVER_SECONDS): void {
    const sinceMs = this.#draining?.sinceMs ?? nowMs;
    this.#draining = { sinceMs, untilMs: sinceMs + overSeconds * 1_000 };
  }

  stop(): void {
    this.#draining = null;
    this.#moved.clear();
  }

  /** @throws CodedError 503 `draining` for a playback session that was sent on */
  demandHere(session: string): void {
    if (this.#moved.has(session)) throw leaving();
  }

  demandNotDraining(): void {
    if (this.#draining !== null) throw leaving();
  }

  /** Whose turn it is, of the sessions that are here. Called about every `everyMs`. */
  due(sessions: Iterable<string>, nowMs: number, everyMs: number): readonly string[] {
    if (this.#draining === null) return [];
    const waiting = [...sessions];
    const due = shuffled(waiting).slice(0, dueNow(waiting.length, this.#draining.untilMs - nowMs, everyMs, Math.random()));
    for (const session of due) this.#moved.add(session);
    return due;
  }

  /** True when the time for viewers is over, and from then on: one who was let in before may be connected after. */
  publishersDue(nowMs: number): boolean {
    return this.#draining !== null && nowMs >= this.#draining.untilMs;
  }
}

/** How many of those who wait go this time, so that the last goes when the time is over. `chance` from 0 to 1 rounds up or down: one of one goes at any time. */
export function dueNow(waiting: number, leftMs: number, everyMs: number, chance: number): number {
  return leftMs <= everyMs ? waiting : Math.min(waiting, Math.floor((waiting * everyMs) / leftMs + chance));
}

export function leaving(): CodedError {
  return new CodedError('draining', 'This server is being emptied for maintenance. Connect again: another one takes over, or this one when it is back.', {
    status: 503, details: { retryAfterMs: RETRY_MS },
  });
}

function shuffled<T>(all: readonly T[]): T[] {
  return all.map((one) => ({ one, at: Math.random() })).sort((a, b) => a.at - b.at).map(({ one }) => one);
}

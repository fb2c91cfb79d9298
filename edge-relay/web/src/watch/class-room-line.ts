/** A ping, a connection attempt and a hello are answered within this, or nobody is there. */
const ANSWERED_WITHIN_MS = 12_000;
/** The page asks every few seconds, hidden once a minute, as browsers slow its timers down: nothing heard for longer means that it slept. */
const ASLEEP_MS = 90_000;
const SHORTEST_MS = 1_000;
const LONGEST_MS = 10_000;

/**
 * Whether somebody is still at the other end of a connection: a network that goes away tells nobody. Silence alone says nothing, as a hidden
 * page seldom asks; a question without an answer does. All epoch milliseconds: that clock goes on while a device sleeps.
 */
export class Line {
  #heardAtMs: number;
  /** The oldest question that is not answered yet. */
  #askedAtMs: number | null;

  /** A new connection is a question itself. */
  constructor(nowMs: number) {
    this.#heardAtMs = nowMs;
    this.#askedAtMs = nowMs;
  }

  asked(nowMs: number): void {
    this.#askedAtMs ??= nowMs;
  }

  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#askedAtMs = null;
  }

  isLost(nowMs: number): boolean {
    const unanswered = this.#askedAtMs !== null && nowMs - this.#askedAtMs > ANSWERED_WITHIN_MS;
    return unanswered || nowMs - this.#heardAtMs > ASLEEP_MS;
  }
}

/** Thousands of pages lose their edge in the same moment: 1 to 3 s at first, up to 10 s after some failures, each page at its own time. */
export function retryMs(failures: number, random: () => number = Math.random): number {
  const mostMs = Math.min(LONGEST_MS, 3 * SHORTEST_MS * 1.5 ** failures);
  return (mostMs * (1 + 2 * random())) / 3;
}

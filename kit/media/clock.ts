import { performance } from 'node:perf_hooks';

/** Wall time for stamping and measuring media. Both readings come from one source, so they never disagree. */
export interface Clock {
  /** Milliseconds since 1970, fractional. */
  nowMs(): number;
  /** Whole microseconds since 1970. */
  nowUs(): number;
}

/**
 * The machine's clock, anchored once and then driven by the monotonic timer: a time step by NTP or by a person during a class
 * must not make capture times jump. A new anchor is taken by making a new clock, between classes.
 */
export function systemClock(): Clock {
  const anchorMs = Date.now() - performance.now();
  const nowMs = (): number => anchorMs + performance.now();
  return { nowMs, nowUs: () => Math.round(nowMs() * 1000) };
}

/** A clock that a test moves by hand. */
export interface ManualClock extends Clock {
  advanceMs(ms: number): void;
}

export function manualClock(startMs: number): ManualClock {
  let current = startMs;
  return {
    nowMs: () => current,
    nowUs: () => Math.round(current * 1000),
    advanceMs: (ms) => {
      current += ms;
    },
  };
}

/** Microseconds of the monotonic clock (clock_gettime(2) CLOCK_MONOTONIC): never set, and the same in every process of this machine. */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/**
 * Slows down whoever guesses the PIN: five tries are free, then each wrong one doubles the wait, for its address and for the room.
 * Pure: the caller keeps the state and brings the clock.
 */
export interface Tries {
  readonly failures: number;
  readonly lastAtMs: number;
}

export interface GuardState {
  readonly byAddress: ReadonlyMap<string, Tries>;
  /** All addresses together, so that many addresses don't buy many tries. */
  readonly all: Tries;
}

export const NO_TRIES: GuardState = { byAddress: new Map(), all: { failures: 0, lastAtMs: 0 } };

const FREE_PER_ADDRESS = 5;
const FREE_IN_ALL = 25;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** Without a wrong try for this long the count begins again. */
const FORGET_MS = 60 * 60_000;
const MAX_ADDRESSES = 1_000;

/** Milliseconds until this address may try again; 0 when it may now. */
export function waitMs(state: GuardState, address: string, nowMs: number): number {
  const own = state.byAddress.get(address);
  return Math.max(own === undefined ? 0 : waitOf(own, FREE_PER_ADDRESS, nowMs), waitOf(state.all, FREE_IN_ALL, nowMs));
}

/** Counted before the PIN is looked at, so that parallel tries don't slip through. */
export function tried(state: GuardState, address: string, nowMs: number): GuardState {
  const byAddress = new Map(state.byAddress);
  const own = byAddress.get(address);
  byAddress.delete(address); // moves it to the end: the map is in order of the last try
  byAddress.set(address, again(own, nowMs));
  for (const oldest of byAddress.keys()) {
    if (byAddress.size <= MAX_ADDRESSES) break;
    byAddress.delete(oldest);
  }
  return { byAddress, all: again(state.all, nowMs) };
}

/** The right PIN clears the address and takes its try off the common count. */
export function succeeded(state: GuardState, address: string): GuardState {
  const byAddress = new Map(state.byAddress);
  const own = byAddress.get(address)?.failures ?? 0;
  byAddress.delete(address);
  return { byAddress, all: { ...state.all, failures: Math.max(0, state.all.failures - own) } };
}

function again(tries: Tries | undefined, nowMs: number): Tries {
  const stale = tries === undefined || nowMs - tries.lastAtMs > FORGET_MS;
  return { failures: (stale ? 0 : tries.failures) + 1, lastAtMs: nowMs };
}

function waitOf(tries: Tries, free: number, nowMs: number): number {
  if (tries.failures < free || nowMs - tries.lastAtMs > FORGET_MS) return 0;
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries.failures - free));
  return Math.max(0, tries.lastAtMs + wait - nowMs);
}

import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** The wall clock against the monotonic one, and a step of it that nobody vouched for yet. Offsets are wall minus monotonic, ms. */
export interface ClockState {
  readonly offsetMs: number;
  readonly step: { readonly offsetMs: number; readonly sinceMs: number } | null;
}

export interface ClockReading {
  readonly wallMs: number;
  /** Never set, never steps. */
  readonly monoMs: number;
  readonly classRuns: boolean;
  /** What the network says the offset is; null where it could not be asked lately. */
  readonly networkOffsetMs: number | null;
}

/** Less is the clock being disciplined, and followed. */
const STEP_MS = 2_000;
/** The network's word is good to about a second (RFC 9110, 6.6.1). */
const AGREES_MS = 5_000;
/** A step that nobody speaks against for so long is believed. */
const BELIEVED_MS = 5 * 60_000;

/**
 * Follows the wall clock, but not over a step (pure): somebody set it, or the network did. While a class runs its time goes on as it was.
 * Otherwise the new time is taken once the network agrees, or, where it speaks for neither, when it has stood for five minutes.
 */
export function nextClock(state: ClockState, { wallMs, monoMs, classRuns, networkOffsetMs }: ClockReading): ClockState {
  const offsetMs = wallMs - monoMs;
  if (Math.abs(offsetMs - state.offsetMs) < STEP_MS) return { offsetMs, step: null };
  const sinceMs = state.step !== null && Math.abs(state.step.offsetMs - offsetMs) < STEP_MS ? state.step.sinceMs : monoMs;
  const stepped: ClockState = { offsetMs: state.offsetMs, step: { offsetMs, sinceMs } };
  if (classRuns) return stepped;
  // A server whose own clock is wrong vouches for neither: it must not keep a box in doubt for ever.
  const believed = agree(networkOffsetMs, offsetMs) || (!agree(networkOffsetMs, state.offsetMs) && monoMs - sinceMs >= BELIEVED_MS);
  return believed ? { offsetMs, step: null } : stepped;
}

/** Whether nobody knows which time is right (pure). Where the network vouches for the one that is followed, somebody set the clock wrong. */
export function isInDoubt({ offsetMs, step }: ClockState, networkOffsetMs: number | null): boolean {
  return step !== null && !agree(networkOffsetMs, offsetMs);
}

function agree(networkOffsetMs: number | null, offsetMs: number): boolean {
  return networkOffsetMs !== null && Math.abs(networkOffsetMs - offsetMs) < AGREES_MS;
}

/** The class's time at one instant, with what outlives a process: the machine's own uptime, which no one can set. */
export interface Heartbeat {
  readonly atMs: number;
  readonly boot: string;
  readonly uptimeMs: number;
}

/**
 * The time to go on from after a restart (pure). On a machine that ran on, the time since the heartbeat is known whatever was done to its
 * clock; after a reboot the clock is all there is, and it is never before the heartbeat.
 */
export function resumedMs(heartbeat: Heartbeat | null, now: Heartbeat): number {
  if (heartbeat === null) return now.atMs;
  return heartbeat.boot === now.boot ? heartbeat.atMs + (now.uptimeMs - heartbeat.uptimeMs) : Math.max(now.atMs, heartbeat.atMs);
}

/** A box with a dead battery wakes up in 1970, or when its system was built. */
const SANE_MS = Date.UTC(2025, 0, 1);

/** Whether it may be now (pure): a clock that shows a time before this software was made is wrong. */
export function isSane(epochMs: number): boolean {
  return epochMs >= SANE_MS;
}

export interface ClassClockParts {
  readonly heartbeat: Heartbeat | null;
  readonly networkOffsetMs: () => number | null;
}

/** The time by which classes begin and end. */
export class ClassClock {
  readonly #parts: ClassClockParts;
  #state: ClockState;

  constructor(parts: ClassClockParts) {
    this.#parts = parts;
    this.#state = { offsetMs: resumedMs(parts.heartbeat, heartbeatAt(Date.now())) - performance.now(), step: null };
  }

  nowMs(): number {
    return this.#state.offsetMs + performance.now();
  }

  get inDoubt(): boolean {
    return isInDoubt(this.#state, this.#parts.networkOffsetMs()) || !isSane(this.nowMs());
  }

  /** Called a few times a second. */
  look(classRuns: boolean): void {
    this.#state = nextClock(this.#state, { wallMs: Date.now(), monoMs: performance.now(), classRuns, networkOffsetMs: this.#parts.networkOffsetMs() });
  }

  heartbeat(): Heartbeat {
    return heartbeatAt(this.nowMs());
  }
}

function heartbeatAt(atMs: number): Heartbeat {
  return { atMs, boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), uptimeMs: uptime() * 1000 };
}

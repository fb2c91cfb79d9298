/** How much this edge has left, as a state: who comes in is decided by it, long before anyone's picture suffers. Pure: its tests are tables. */
import type { Figures, Level } from '../contract/operations.ts';

export interface LoadLimits {
  /** At one of these new WebRTC viewers are sent to LL-HLS, which costs a fraction. */
  readonly busy: Partial<Figures>;
  /** At one of these nobody new is let in. */
  readonly full: Partial<Figures>;
  /** Above a limit for this long without a break: one level up. */
  readonly risesAfterMs: number;
  /** Clearly below it for this long: one level down. */
  readonly easesAfterMs: number;
}

export interface Load {
  readonly level: Level;
  readonly risingSinceMs: number | null;
  readonly easingSinceMs: number | null;
  /** Which figures hold the level where it is. */
  readonly because: readonly (keyof Figures)[];
}

/**
 * Media is late when the event loop or the pump is: a browser smooths two frames, 80 ms. At 85 % of a thread or of all processors, queues begin to grow and a rush at
 * the door (a handshake takes some milliseconds) is felt by all; beyond 95 % playlists are late too. A process that is near its memory's end is killed with
 * everybody in it. WebRTC's last places are kept for those who come back.
 */
export const DEFAULT_LIMITS: LoadLimits = {
  busy: { loopDelayMs: 80, loopShare: 0.85, cpuShare: 0.85, pumpWaitMs: 120, peersShare: 0.9, memoryShare: 0.7 },
  full: { loopDelayMs: 300, loopShare: 0.97, cpuShare: 0.97, pumpWaitMs: 400, memoryShare: 0.85 },
  risesAfterMs: 5_000,
  easesAfterMs: 30_000,
};

/** What the configuration says goes before what is said here. */
export function limitsOf({ busy, full, ...times }: Partial<LoadLimits>): LoadLimits {
  return { ...DEFAULT_LIMITS, ...times, busy: { ...DEFAULT_LIMITS.busy, ...busy }, full: { ...DEFAULT_LIMITS.full, ...full } };
}

export const calm: Load = { level: 'normal', risingSinceMs: null, easingSinceMs: null, because: [] };

const LEVELS: readonly Level[] = ['normal', 'busy', 'full'];
/** A level is left at this share of its limit: those who were kept out would bring it back at once. */
const EASED = 0.85;

export const rankOf = (level: Level): number => LEVELS.indexOf(level);

export function nextLoad(load: Load, figures: Figures, limits: LoadLimits, nowMs: number): Load {
  const rank = rankOf(load.level);
  const rises = rank < rankOf(levelOf(figures, limits, 1));
  const eases = rank > rankOf(levelOf(figures, limits, EASED));
  const risingSinceMs = rises ? (load.risingSinceMs ?? nowMs) : null;
  const easingSinceMs = eases ? (load.easingSinceMs ?? nowMs) : null;
  if (risingSinceMs !== null && nowMs - risingSinceMs >= limits.risesAfterMs) return at(rank + 1, figures, limits);
  if (easingSinceMs !== null && nowMs - easingSinceMs >= limits.easesAfterMs) return at(rank - 1, figures, limits);
  return { level: load.level, risingSinceMs, easingSinceMs, because: reasons(load.level, figures, limits) };
}

function at(rank: number, figures: Figures, limits: LoadLimits): Load {
  const level = LEVELS[rank] ?? 'normal';
  return { level, risingSinceMs: null, easingSinceMs: null, because: reasons(level, figures, limits) };
}

function levelOf(figures: Figures, limits: LoadLimits, share: number): Level {
  if (beyond(figures, limits.full, share).length > 0) return 'full';
  return beyond(figures, limits.busy, share).length > 0 ? 'busy' : 'normal';
}

function reasons(level: Level, figures: Figures, limits: LoadLimits): (keyof Figures)[] {
  return level === 'normal' ? [] : beyond(figures, limits[level], EASED);
}

function beyond(figures: Figures, limits: Partial<Figures>, share: number): (keyof Figures)[] {
  return (Object.keys(limits) as (keyof Figures)[]).filter((name) => figures[name] >= (limits[name] ?? Infinity) * share);
}

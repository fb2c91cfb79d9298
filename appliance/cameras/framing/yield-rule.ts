/** How the box keeps up with the class, since it began. */
export interface Load {
  /** The latest that a tick of the program came in the last half second. */
  readonly lateMs: number;
  readonly droppedFrames: number;
  /** Pictures that wait for the encoder. */
  readonly waitingFrames: number;
}

/** How much the automatic operator takes: all it may, half of that, or nothing. */
export type Share = 'all' | 'half' | 'none';

export interface Yielding {
  readonly share: Share;
  readonly dropped: number;
  readonly strainedSinceMs: number | null;
  readonly calmSinceMs: number | null;
}

export const AT_EASE: Yielding = { share: 'all', dropped: 0, strainedSinceMs: null, calmSinceMs: null };

/** A tick that comes a frame and a half late, or more than a quarter of a second of pictures waiting: the program begins to feel it. */
const LATE_MS = 60;
const WAITING = 8;
/** One late tick is chance. */
const HALF_AFTER_MS = 900;
const NONE_AFTER_MS = 2_500;
/** It comes back by one step at a time. */
const CALM_FOR_MS = 8_000;

/** Asked twice a second. */
export function nextYielding(before: Yielding, load: Load, nowMs: number): Yielding {
  // A new gate counts from nothing.
  const isDropping = load.droppedFrames > before.dropped;
  const isStrained = isDropping || load.lateMs > LATE_MS || load.waitingFrames > WAITING;
  if (isStrained) return strained(before, load.droppedFrames, isDropping, nowMs);
  const calmSinceMs = before.calmSinceMs ?? nowMs;
  const isLong = nowMs - calmSinceMs >= CALM_FOR_MS && before.share !== 'all';
  return { share: isLong ? more(before.share) : before.share, dropped: load.droppedFrames, strainedSinceMs: null, calmSinceMs: isLong ? nowMs : calmSinceMs };
}

function strained({ share, strainedSinceMs }: Yielding, dropped: number, isDropping: boolean, nowMs: number): Yielding {
  const sinceMs = strainedSinceMs ?? nowMs;
  const forMs = nowMs - sinceMs;
  const least: Share = isDropping || forMs >= NONE_AFTER_MS ? 'none' : forMs >= HALF_AFTER_MS ? 'half' : 'all';
  return { share: less(share, least), dropped, strainedSinceMs: sinceMs, calmSinceMs: null };
}

const ORDER: readonly Share[] = ['none', 'half', 'all'];

function less(a: Share, b: Share): Share {
  return ORDER.indexOf(a) < ORDER.indexOf(b) ? a : b;
}

function more(share: Share): Share {
  return share === 'none' ? 'half' : 'all';
}

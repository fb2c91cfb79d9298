/** One sound source as a tick finds it. */
export interface Heard {
  readonly id: string;
  readonly backup: boolean;
  /** It is meant to be heard whenever the class is: a microphone, not what a laptop plays now and then. */
  readonly needed: boolean;
  readonly muted: boolean;
  /** Sound comes from it. */
  readonly well: boolean;
}

/** What is remembered of each source that is not a backup: since when it has failed, or has been well again. */
export interface Watched {
  readonly failedAtMs: number | null;
  readonly wellSinceMs: number | null;
}

export interface Backing {
  readonly watched: Readonly<Record<string, Watched>>;
  /** Ids of the sources on air, backups that were needed among them. */
  readonly onAir: readonly string[];
  /** Sources whose place a backup has to take. */
  readonly failed: readonly string[];
}

export const NOBODY: Backing = { watched: {}, onAir: [], failed: [] };

/** With the 400 ms after which a source counts as not well: a backup is on air 0.7 s after the last sound. */
const FAILED_AFTER_MS = 300;
/** Microphones that were opened just now are not missed before they had so long for their first sound. */
const OPENING_MS = 4_000;
/** A source that comes and goes would be worse than its backup. */
const TAKEN_BACK_AFTER_MS = 3_000;

/**
 * Who is on air (pure). All but the backups are; for each of them that fails, the first backup that is well comes on, until what it
 * stands in for has been well for 3 s. A source that a person muted needs no backup, and is none: it was not to be heard.
 */
export function next(before: Backing, heard: readonly Heard[], nowMs: number): Backing {
  const mains = heard.filter(({ backup }) => !backup);
  const watched = Object.fromEntries(mains.map((source) => [source.id, watch(before.watched[source.id], source, nowMs)]));
  const failed = mains.filter(({ id, muted, needed }) => needed && !muted && hasFailed(watched[id], nowMs)).map(({ id }) => id);
  const backups = heard.filter(({ backup, well, muted }) => backup && well && !muted).slice(0, failed.length);
  return { watched, failed, onAir: [...mains, ...backups].map(({ id }) => id) };
}

function watch(before: Watched | undefined, { well }: Heard, nowMs: number): Watched {
  if (!well) return { failedAtMs: before === undefined ? nowMs + OPENING_MS : (before.failedAtMs ?? nowMs), wellSinceMs: null };
  const wellSinceMs = before?.wellSinceMs ?? nowMs;
  const isBack = before?.failedAtMs === null || before === undefined || nowMs - wellSinceMs >= TAKEN_BACK_AFTER_MS || wellSinceMs - before.failedAtMs < FAILED_AFTER_MS;
  return { failedAtMs: isBack ? null : before.failedAtMs, wellSinceMs };
}

function hasFailed(watched: Watched | undefined, nowMs: number): boolean {
  return watched !== undefined && watched.failedAtMs !== null && nowMs - watched.failedAtMs >= FAILED_AFTER_MS;
}

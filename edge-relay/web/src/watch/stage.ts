/** How far the class is, as one page saw it. What the room says is only whether media arrives: the rest is told from how that went. */
export type Stage =
  | { readonly kind: 'before' }
  | { readonly kind: 'live' }
  /** Media stopped a moment ago: it may come back. */
  | { readonly kind: 'dropped'; readonly sinceMs: number }
  | { readonly kind: 'ended' };

export type StageEvent =
  /** `ended`: the box said that the class is over, so that nobody needs to wait whether it comes back. */
  | { readonly type: 'told'; readonly live: boolean; readonly ended: boolean; readonly atMs: number }
  | { readonly type: 'waited'; readonly atMs: number };

/** A box that starts again is back within this; a class that was silent for longer is called ended, and still comes back if it goes on. */
export const ENDED_AFTER_MS = 8_000;

export function next(stage: Stage, event: StageEvent): Stage {
  if (event.type === 'told') return told(stage, event);
  const over = stage.kind === 'dropped' && event.atMs - stage.sinceMs >= ENDED_AFTER_MS;
  return over ? { kind: 'ended' } : stage;
}

function told(stage: Stage, { live, ended, atMs }: Extract<StageEvent, { type: 'told' }>): Stage {
  if (live) return stage.kind === 'live' ? stage : { kind: 'live' };
  if (ended && stage.kind !== 'before') return { kind: 'ended' };
  return stage.kind === 'live' ? { kind: 'dropped', sinceMs: atMs } : stage;
}

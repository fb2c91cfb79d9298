/** What a viewer gets of the next block, by how much is still waiting for it. Pure: every clause is a line of its table test. */

/** Some seconds of any layer. Who has more waiting gets no further pictures, whole groups of them at a time, until little is left. */
export const MOST_QUEUED_BYTES = 2 * 1024 * 1024;
/** Sound goes on when pictures don't: it takes a tenth, and a class can be followed by it. */
export const MOST_QUEUED_WITH_SOUND_BYTES = MOST_QUEUED_BYTES + 256 * 1024;
/** Pictures begin again when this little is left: a viewer that was let back in sooner would be out again with the same keyframe. */
export const RESUME_BELOW_BYTES = 256 * 1024;
/** Who has had too much waiting for all of this time reads nothing, and holds memory and a place. */
export const STUCK_MS = 10_000;

export type Pace =
  | { readonly kind: 'flowing' }
  /** Waits for a keyframe. `stuckSinceMs`: since when there has been too much waiting; null where there is not. */
  | { readonly kind: 'waiting'; readonly stuckSinceMs: number | null };

/** `anew`: with the sequence headers in front, which may have changed meanwhile. */
export type Delivery = 'whole' | 'anew' | 'sound' | 'nothing' | 'let-go';

export interface Moment {
  readonly queuedBytes: number;
  /** The block begins with a keyframe. */
  readonly keyframe: boolean;
  readonly nowMs: number;
}

export function nextPace(pace: Pace, { queuedBytes, keyframe, nowMs }: Moment): { readonly pace: Pace; readonly delivery: Delivery } {
  const stuck = queuedBytes > MOST_QUEUED_BYTES;
  if (pace.kind === 'flowing' && !stuck) return { pace, delivery: 'whole' };
  if (keyframe && queuedBytes <= RESUME_BELOW_BYTES) return { pace: { kind: 'flowing' }, delivery: 'anew' };
  const stuckSinceMs = stuck ? ((pace.kind === 'waiting' ? pace.stuckSinceMs : null) ?? nowMs) : null;
  const waiting: Pace = { kind: 'waiting', stuckSinceMs };
  if (stuckSinceMs !== null && nowMs - stuckSinceMs >= STUCK_MS) return { pace: waiting, delivery: 'let-go' };
  return { pace: waiting, delivery: queuedBytes <= MOST_QUEUED_WITH_SOUND_BYTES ? 'sound' : 'nothing' };
}

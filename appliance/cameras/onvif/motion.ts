import type { Position } from './ptz-status.ts';

/** Whether the head moves, from what was read back. */
export interface Motion {
  readonly position: Position;
  /** When the position last differed from the one before, or a move was accepted. */
  readonly changedAtMs: number;
  readonly claimsToMove: boolean;
}

export type MotionEvent =
  | { readonly type: 'read'; readonly position: Position | null; readonly claimsToMove: boolean; readonly atMs: number }
  | { readonly type: 'commanded'; readonly atMs: number };

/** A head that does not say that it moves, and stayed where it was for this long, rests. */
const REST_MS = 700;
/** One that says so is believed for this long without having moved: some say MOVING for ever after. */
const CLAIM_MS = 2_000;
/** Less is the encoder's jitter. */
const STEP_DEG = 0.02;
const STEP_ZOOM = 0.005;

export const UNMOVED: Motion = { position: { panDeg: 0, tiltDeg: 0, zoom: 1 }, changedAtMs: Number.NEGATIVE_INFINITY, claimsToMove: false };

export function next(motion: Motion, event: MotionEvent): Motion {
  if (event.type === 'commanded') return { ...motion, changedAtMs: event.atMs };
  const position = event.position ?? motion.position;
  const moved = differs(position, motion.position);
  return { position, changedAtMs: moved ? event.atMs : motion.changedAtMs, claimsToMove: event.claimsToMove };
}

export function isMoving({ changedAtMs, claimsToMove }: Motion, nowMs: number): boolean {
  return nowMs - changedAtMs < (claimsToMove ? CLAIM_MS : REST_MS);
}

function differs(a: Position, b: Position): boolean {
  return Math.abs(a.panDeg - b.panDeg) > STEP_DEG || Math.abs(a.tiltDeg - b.tiltDeg) > STEP_DEG || Math.abs(a.zoom - b.zoom) > STEP_ZOOM;
}

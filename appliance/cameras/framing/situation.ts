import type { FramingState } from '../../contract/cameras.ts';

/** What the automatic operator's state follows from. Times on one clock, ms; null is never. */
export interface Facts {
  readonly mode: FramingState['mode'];
  readonly nowMs: number;
  readonly handBackMs: number;
  /** A person last moved the camera. */
  readonly touchedAtMs: number | null;
  /** Since when it has been looking for somebody. */
  readonly lookingSinceMs: number | null;
  readonly seenAtMs: number | null;
  readonly link: 'ok' | 'lost';
  /** Its detector runs and gets pictures; else why not. */
  readonly sight: 'ok' | 'starting' | 'no-picture' | 'broken';
  /** It finds movement alone, not people. */
  readonly isCrude: boolean;
  readonly mustYield: boolean;
  /** It is on air, and set to stand still there. */
  readonly mustStand: boolean;
}

type Situation = Pick<FramingState, 'state' | 'reason'>;

/** Nobody was found for so long: the whole room is shown. */
export const LOST_MS = 3_000;

/** Most important first: what a person does goes before everything, and what the class needs before what the operator wants. */
export function situationOf(facts: Facts): Situation {
  if (facts.mode === 'off') return { state: 'off', reason: '' };
  if (isTouched(facts)) return { state: 'paused-by-touch', reason: `Somebody moved the camera. Following goes on ${Math.round(facts.handBackMs / 1000)} s after the last touch.` };
  if (facts.link === 'lost') return { state: 'unavailable', reason: 'The camera does not answer: check its power and network cable.' };
  if (facts.mustStand) return { state: 'standing-on-air', reason: 'Students are watching, and this camera is set to stand still on air. Following goes on when they see another picture.' };
  if (facts.mustYield) return { state: 'yielding', reason: 'The box is busy with the class: following pauses until there is room for it.' };
  if (facts.sight === 'broken') return { state: 'unavailable', reason: 'Following stopped unexpectedly and is being started again.' };
  if (facts.sight === 'no-picture') return { state: 'unavailable', reason: 'The camera gives no picture to follow anybody in: check its picture source.' };
  if (isLost(facts)) return { state: 'wide', reason: 'Nobody was found: the whole room is shown until somebody is.' };
  return { state: 'following', reason: facts.isCrude ? 'The person detector is not installed: whatever moves is followed.' : '' };
}

function isTouched({ touchedAtMs, nowMs, handBackMs }: Facts): boolean {
  return touchedAtMs !== null && nowMs - touchedAtMs < handBackMs;
}

function isLost({ seenAtMs, lookingSinceMs, nowMs, sight }: Facts): boolean {
  if (sight === 'starting' || lookingSinceMs === null) return false;
  return nowMs - Math.max(seenAtMs ?? lookingSinceMs, lookingSinceMs) > LOST_MS;
}

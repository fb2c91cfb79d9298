/** One axis of a head, as it is steered. */
export interface Steered {
  readonly moving: boolean;
  /** What was last asked of it, degrees a second. */
  readonly degPerS: number;
  /** Which way it last went; 0 before the first time. */
  readonly went: number;
}

export interface Aim {
  /** From where the head looks to where it should, degrees. */
  readonly errorDeg: number;
  /** How fast that place moves, degrees a second. */
  readonly rateDegPerS: number;
  /** The picture's extent along this axis, degrees: what is much and what is little depends on it. */
  readonly frameDeg: number;
}

export const AT_REST: Steered = { moving: false, degPerS: 0, went: 0 };

/** Shares of the picture: a move begins beyond the outer edge of the dead zone and ends inside the inner one. */
const OUTER = 0.05;
/** Turning back is what makes a picture restless: for that it has to be worth more. */
const OUTER_BACK = 0.1;
const INNER = 0.012;
/** A lecturer who walks is followed before he reaches the edge: he goes at more than this share of the picture a second. */
const WALKING = 0.075;
const WALKING_OUTER = 0.02;
/** Heads can't turn slower than about a degree a second: less than this is not worth a step, degrees. */
const INNER_MIN_DEG = 0.25;
/** Degrees a second for each degree. */
const PROPORTIONAL = 1.3;
/** How much of a difference in speed is made up for at once. */
const DAMPING = 0.15;
/** Of the picture, in a second: a camera operator is never in a hurry. */
const FASTEST = 0.7;
/** Of the picture, in a second, every second. */
const SLEW = 1;

/** What to ask of the axis for the next `seconds`: proportional and damped, on top of the target's own speed. */
export function steer(axis: Steered, aim: Aim, seconds: number): Steered {
  const moving = axis.moving ? !hasArrived(aim) && !turnsBackForATrifle(axis, aim) : isOff(axis, aim);
  const wanted = moving ? wantedSpeed(axis, aim) : 0;
  const change = SLEW * aim.frameDeg * seconds;
  const degPerS = axis.degPerS + clamped(wanted - axis.degPerS, change);
  return { moving, degPerS, went: Math.sign(degPerS) || axis.went };
}

/** Comes to rest, as gently as it moves. */
export function brake(axis: Steered, frameDeg: number, seconds: number): Steered {
  return { ...axis, moving: false, degPerS: axis.degPerS - clamped(axis.degPerS, SLEW * frameDeg * seconds) };
}

function isOff({ went }: Steered, { errorDeg, rateDegPerS, frameDeg }: Aim): boolean {
  const off = Math.abs(errorDeg) / frameDeg;
  const outer = Math.sign(errorDeg) === -went ? OUTER_BACK : OUTER;
  const isLeaving = Math.sign(errorDeg) === Math.sign(rateDegPerS) && Math.abs(rateDegPerS) > WALKING * frameDeg;
  return off > outer || (isLeaving && off > WALKING_OUTER);
}

function hasArrived({ errorDeg, rateDegPerS, frameDeg }: Aim): boolean {
  return Math.abs(errorDeg) < Math.max(INNER_MIN_DEG, INNER * frameDeg) && Math.abs(rateDegPerS) < WALKING * frameDeg;
}

/** It comes to rest instead. */
function turnsBackForATrifle(axis: Steered, aim: Aim): boolean {
  const isTrifle = Math.abs(aim.errorDeg) < OUTER_BACK * aim.frameDeg && Math.abs(aim.rateDegPerS) < WALKING * aim.frameDeg;
  return isTrifle && axis.degPerS !== 0 && Math.sign(wantedSpeed(axis, aim)) !== Math.sign(axis.degPerS);
}

function wantedSpeed({ degPerS }: Steered, { errorDeg, rateDegPerS, frameDeg }: Aim): number {
  return clamped(rateDegPerS + PROPORTIONAL * errorDeg + DAMPING * (rateDegPerS - degPerS), FASTEST * frameDeg);
}

function clamped(value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value));
}

/**
 * How fast one motor turns for each fraction of full speed that it is told. Cameras differ and say nothing about it: the curve begins as
 * most heads have it (each step a constant factor faster) and is corrected by what the positions read back say.
 */
export interface SpeedCurve {
  /** Degrees a second of step 1, 2, …: a fraction is a step by the number of steps. */
  readonly degPerS: readonly number[];
}

/** While a motor was told these fractions it turned so far. */
export interface Turned {
  readonly told: readonly { readonly fraction: number; readonly seconds: number }[];
  readonly deg: number;
}

const SLOWEST_DEG_PER_S = 1;
/** What a lesson teaches about the step that was used, and about steps next to it: a lesson is one second, and noisy. */
const LEARNING = 0.25;
const REACH_STEPS = 2.5;
/** A motor that was blocked, or a position that came late, is no lesson. */
const LESSON_RATIO_MAX = 3;
/** Under this far a second the read-back's own coarseness speaks. */
const LESSON_MIN_DEG = 0.5;

export function usualCurve(steps: number, fullDegPerS: number): SpeedCurve {
  const degPerS = Array.from({ length: steps }, (_, index) => SLOWEST_DEG_PER_S * (fullDegPerS / SLOWEST_DEG_PER_S) ** (index / (steps - 1)));
  return { degPerS };
}

/** Signed, for a signed fraction. */
export function speedOf({ degPerS }: SpeedCurve, fraction: number): number {
  const step = Math.round(Math.abs(fraction) * degPerS.length);
  return step === 0 ? 0 : Math.sign(fraction) * (degPerS[Math.min(step, degPerS.length) - 1] ?? 0);
}

/** The fraction that comes nearest to a speed; 0 where standing still does. */
export function fractionFor({ degPerS }: SpeedCurve, wantedDegPerS: number): number {
  const wanted = Math.abs(wantedDegPerS);
  if (wanted < 0.55 * (degPerS[0] ?? 0)) return 0;
  let best = 0;
  for (let index = 1; index < degPerS.length; index += 1) {
    if (off(degPerS[index] ?? 0, wanted) < off(degPerS[best] ?? 0, wanted)) best = index;
  }
  return (Math.sign(wantedDegPerS) * (best + 1)) / degPerS.length;
}

/** The curve after a lesson. */
export function learnt(curve: SpeedCurve, { told, deg }: Turned): SpeedCurve {
  const expected = told.reduce((sum, { fraction, seconds }) => sum + speedOf(curve, fraction) * seconds, 0);
  if (Math.abs(expected) < LESSON_MIN_DEG || Math.abs(deg) < LESSON_MIN_DEG || Math.sign(deg) !== Math.sign(expected)) return curve;
  const ratio = deg / expected;
  if (ratio > LESSON_RATIO_MAX || ratio < 1 / LESSON_RATIO_MAX) return curve;
  const whole = told.reduce((sum, { seconds }) => sum + seconds, 0);
  const steps = curve.degPerS.length;
  const weights = curve.degPerS.map((_, index) => told.reduce((sum, { fraction, seconds }) => sum + near(Math.abs(fraction) * steps - 1 - index) * (seconds / whole), 0));
  return { degPerS: rising(curve.degPerS.map((speed, index) => speed * ratio ** (LEARNING * (weights[index] ?? 0)))) };
}

function off(speed: number, wanted: number): number {
  return Math.abs(Math.log(speed / wanted));
}

function near(steps: number): number {
  return Math.exp(-((steps / REACH_STEPS) ** 2));
}

/** A higher step is never slower. */
function rising(speeds: readonly number[]): number[] {
  let least = 0;
  return speeds.map((speed) => (least = Math.max(least, speed)));
}

/** One motor. Units are the axis's own (degrees, or zoom as its natural logarithm), seconds. */
export interface Axis {
  readonly position: number;
  readonly velocity: number;
  readonly goal: Goal;
}

export type Goal =
  | { readonly kind: 'hold' }
  | { readonly kind: 'speed'; readonly velocity: number }
  | { readonly kind: 'position'; readonly position: number; readonly maxSpeed: number };

export interface Limits {
  readonly min: number;
  readonly max: number;
  readonly acceleration: number;
}

const STEP_S = 0.005;
/** Nearer than this to its goal, and slow, an axis has arrived. */
const CLOSE = 0.004;

export function isMoving(axis: Axis): boolean {
  return axis.velocity !== 0 || axis.goal.kind !== 'hold';
}

/** The axis `seconds` later: speed changes by the acceleration at most, motion stops at the limits, a goal is reached without overshoot. */
export function advance(axis: Axis, limits: Limits, seconds: number): Axis {
  let moved = axis;
  for (let left = seconds; left > 1e-9; left -= STEP_S) moved = step(moved, limits, Math.min(left, STEP_S));
  return moved;
}

function step(axis: Axis, limits: Limits, seconds: number): Axis {
  const wanted = wantedVelocity(axis, limits, seconds);
  const change = limits.acceleration * seconds;
  const velocity = axis.velocity + clamp(wanted - axis.velocity, -change, change);
  const position = clamp(axis.position + velocity * seconds, limits.min, limits.max);
  const blocked = (position === limits.max && velocity > 0) || (position === limits.min && velocity < 0);
  return settled({ position, velocity: blocked ? 0 : velocity, goal: axis.goal }, limits);
}

function wantedVelocity({ position, goal }: Axis, limits: Limits, seconds: number): number {
  if (goal.kind === 'hold') return 0;
  if (goal.kind === 'speed') return goal.velocity;
  const distance = clamp(goal.position, limits.min, limits.max) - position;
  // The speed from which braking still ends at the goal: v² = 2 a s; and never past it within this step.
  const braking = Math.sqrt(2 * limits.acceleration * Math.abs(distance)) * 0.95;
  return Math.sign(distance) * Math.min(goal.maxSpeed, braking, Math.abs(distance) / seconds);
}

function settled(axis: Axis, limits: Limits): Axis {
  const { goal, velocity } = axis;
  if (goal.kind === 'speed' && goal.velocity === 0 && velocity === 0) return { ...axis, goal: { kind: 'hold' } };
  if (goal.kind === 'speed' && velocity === 0 && atLimit(axis, limits, goal.velocity)) return { ...axis, goal: { kind: 'hold' } };
  if (goal.kind !== 'position') return axis;
  const target = clamp(goal.position, limits.min, limits.max);
  if (Math.abs(target - axis.position) > CLOSE || Math.abs(velocity) > limits.acceleration * 0.05) return axis;
  return { position: target, velocity: 0, goal: { kind: 'hold' } };
}

function atLimit({ position }: Axis, { min, max }: Limits, direction: number): boolean {
  return direction > 0 ? position >= max : position <= min;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

import { expect, test } from 'vitest';
import { advance, isMoving, type Axis, type Limits } from './kinematics.ts';

const LIMITS: Limits = { min: -45, max: 45, acceleration: 100 };
const rest: Axis = { position: 0, velocity: 0, goal: { kind: 'hold' } };

test('speed builds up by the acceleration and never past what was asked', () => {
  const driven: Axis = { ...rest, goal: { kind: 'speed', velocity: 20 } };
  expect(advance(driven, LIMITS, 0.1).velocity).toBeCloseTo(10, 1);
  expect(advance(driven, LIMITS, 1).velocity).toBe(20);
});

test('a stop brakes, then rests', () => {
  const stopping: Axis = { position: 0, velocity: 20, goal: { kind: 'speed', velocity: 0 } };
  const rested = advance(stopping, LIMITS, 0.5);
  expect(rested).toMatchObject({ velocity: 0, goal: { kind: 'hold' } });
  expect(rested.position).toBeCloseTo(2, 0);
});

test.each([0.1, 3, 17.3, -30, 45, 80])('a position of %d is reached without overshoot', (target) => {
  let axis: Axis = { ...rest, goal: { kind: 'position', position: target, maxSpeed: 60 } };
  const end = Math.min(target, LIMITS.max);
  let seconds = 0;
  for (; isMoving(axis) && seconds < 5; seconds += 0.02) {
    axis = advance(axis, LIMITS, 0.02);
    expect(Math.abs(axis.position)).toBeLessThanOrEqual(Math.abs(end) + 0.01);
  }
  expect(axis.position).toBeCloseTo(end, 5);
  expect(seconds).toBeLessThan(2.5);
});

test('at its limit it stands still and rests', () => {
  const axis = advance({ ...rest, goal: { kind: 'speed', velocity: 60 } }, LIMITS, 3);
  expect(axis.position).toBe(45);
  expect(isMoving(axis)).toBe(false);
});

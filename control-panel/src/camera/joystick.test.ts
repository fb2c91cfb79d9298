import { describe, expect, it } from 'vitest';
import { driveOf, driveOfKeys, isStill, thumbAt } from './joystick.ts';

describe('the pad', () => {
  it('keeps the thumb inside', () => {
    expect(thumbAt(40, 0, 80)).toEqual({ x: 0.5, y: 0 });
    const far = thumbAt(300, -400, 80);
    expect([far.x, far.y]).toEqual([0.6, -0.8]);
  });

  it('rests in the middle', () => {
    expect(isStill(driveOf({ x: 0.06, y: -0.07 }))).toBe(true);
  });

  it('starts slowly and ends at full speed', () => {
    expect(driveOf({ x: 0.11, y: 0 }).pan).toBeGreaterThan(0.03);
    expect(driveOf({ x: 0.11, y: 0 }).pan).toBeLessThan(0.06);
    expect(driveOf({ x: 1, y: 0 })).toEqual({ pan: 1, tilt: 0, zoom: 0 });
    expect(driveOf({ x: 0, y: -1 })).toEqual({ pan: 0, tilt: 1, zoom: 0 });
  });

  it('never slows down towards the rim', () => {
    const speeds = Array.from({ length: 20 }, (_, i) => driveOf({ x: (i + 1) / 20, y: 0 }).pan);
    expect(speeds).toEqual(speeds.toSorted((a, b) => a - b));
  });

  it('goes where the finger points', () => {
    const { pan, tilt } = driveOf({ x: -0.5, y: 0.5 });
    expect(pan).toBeLessThan(0);
    expect(tilt).toBeCloseTo(pan, 3);
  });
});

it('follows the arrow keys, opposite ones cancelling each other', () => {
  expect(driveOfKeys(['ArrowLeft', 'ArrowUp'])).toEqual({ pan: -0.5, tilt: 0.5, zoom: 0 });
  expect(isStill(driveOfKeys(['ArrowLeft', 'ArrowRight', 'x']))).toBe(true);
});

import type { Position } from './limits.ts';

/** Classroom heads see about this much across at their widest; an installer who measured says better (`fieldOfViewDeg`). */
const USUAL_FIELD_DEG = 60;
const ASPECT = 16 / 9;
const DEG = 180 / Math.PI;

/**
 * The turn that brings a point of the camera's picture (fractions, from the top left) to its middle. A lens draws angles by their
 * tangent; a head that looks up or down turns less of the room a degree of pan.
 */
export function centring(point: { readonly x: number; readonly y: number }, at: Position, fieldOfViewDeg: number | null): { readonly panDeg: number; readonly tiltDeg: number } {
  const halfWidth = Math.tan((fieldOfViewDeg ?? USUAL_FIELD_DEG) / 2 / DEG) / Math.max(1, at.zoom);
  const right = (point.x - 0.5) * 2 * halfWidth;
  const up = ((0.5 - point.y) * 2 * halfWidth) / ASPECT;
  const tilt = at.tiltDeg / DEG;
  // The ray through the point, in the room: forward, right, up, with the head's tilt taken out.
  const forward = Math.cos(tilt) - up * Math.sin(tilt);
  const height = Math.sin(tilt) + up * Math.cos(tilt);
  return { panDeg: Math.atan2(right, forward) * DEG, tiltDeg: Math.atan2(height, Math.hypot(forward, right)) * DEG - at.tiltDeg };
}

import type { CameraLimits } from '../../contract/cameras.ts';
import type { CameraCapabilities, CameraStatus, Velocity } from '../ptz-camera.ts';

export type Position = Pick<CameraStatus, 'panDeg' | 'tiltDeg' | 'zoom'>;
export type FullSpeed = NonNullable<CameraCapabilities['fullSpeed']>;

/**
 * How far ahead a drive is looked: a position is up to 0.2 s old when it was read back, and a head follows a new speed after some 0.1 s.
 * Less than e times those 0.3 s would swing past the limit.
 */
const AHEAD_S = 0.8;
/** Of a head whose speed nobody told: too fast rather than too slow, so that it stops short of the limit. */
const ASSUMED: FullSpeed = { panDegPerS: 100, tiltDegPerS: 60 };
/** Of the logarithm of the magnification: about doubled in 0.7 s. */
const ZOOM_PER_S = 1;
/** Less than this part of full speed turns no head. */
const NO_SPEED = 0.01;

/** The velocity that does not carry the head past a limit before it is looked at again: slower towards it, nothing at it, free away from it. */
export function withinLimits(velocity: Velocity, at: Position, limits: CameraLimits | null, fullSpeed: FullSpeed | null): Velocity {
  if (limits === null) return velocity;
  const { panDegPerS, tiltDegPerS } = fullSpeed ?? ASSUMED;
  const { minPanDeg, maxPanDeg, minTiltDeg, maxTiltDeg, maxZoom } = limits;
  return {
    pan: cut(velocity.pan, at.panDeg - minPanDeg, maxPanDeg - at.panDeg, panDegPerS),
    tilt: cut(velocity.tilt, at.tiltDeg - minTiltDeg, maxTiltDeg - at.tiltDeg, tiltDegPerS),
    zoom: maxZoom === undefined ? velocity.zoom : cut(velocity.zoom, Infinity, Math.log(maxZoom / at.zoom), ZOOM_PER_S),
  };
}

/** Where a move may end, and whether that is short of where it was to go. */
export function clampedTo(limits: CameraLimits | null, to: Position): { readonly to: Position; readonly short: boolean } {
  if (limits === null) return { to, short: false };
  const { minPanDeg, maxPanDeg, minTiltDeg, maxTiltDeg, maxZoom = Infinity } = limits;
  const inside: Position = { panDeg: clamp(to.panDeg, minPanDeg, maxPanDeg), tiltDeg: clamp(to.tiltDeg, minTiltDeg, maxTiltDeg), zoom: Math.min(to.zoom, maxZoom) };
  const short = inside.panDeg !== to.panDeg || inside.tiltDeg !== to.tiltDeg || inside.zoom !== to.zoom;
  return { to: inside, short };
}

function cut(speed: number, roomBelow: number, roomAbove: number, fullPerS: number): number {
  const room = speed > 0 ? roomAbove : roomBelow;
  const most = Math.max(0, room) / (fullPerS * AHEAD_S);
  const allowed = Math.min(Math.abs(speed), most);
  return allowed < NO_SPEED ? 0 : Math.sign(speed) * allowed;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

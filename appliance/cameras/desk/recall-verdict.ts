import type { Position } from './limits.ts';

/** Nearer than this a head has come to where it was sent. */
const NEAR_DEG = 1.5;
const NEAR_ZOOM = 0.15;

export function near(a: Position, b: Position): boolean {
  return Math.abs(a.panDeg - b.panDeg) <= NEAR_DEG && Math.abs(a.tiltDeg - b.tiltDeg) <= NEAR_DEG && Math.abs(a.zoom - b.zoom) <= NEAR_ZOOM * Math.max(a.zoom, b.zoom);
}

const HOME: Position = { panDeg: 0, tiltDeg: 0, zoom: 1 };

/**
 * What a recall that the camera accepted says of its memory. `lost`: it did nothing, or went to its zero, as cameras do whose memory was
 * wiped. `changed`: it went somewhere else, because somebody saved the place anew with the camera's own remote control.
 */
export function recallVerdict(remembered: Position, before: Position, arrived: Position): 'kept' | 'lost' | 'changed' {
  if (near(arrived, remembered)) return 'kept';
  return near(arrived, before) || near(arrived, HOME) ? 'lost' : 'changed';
}

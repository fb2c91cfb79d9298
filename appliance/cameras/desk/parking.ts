import type { Parking } from '../../contract/cameras.ts';

export interface ParkFacts {
  readonly parking: Parking | null;
  /** Since when nobody has touched the camera and no class has been near. */
  readonly quietSinceMs: number;
  /** When it was last sent to rest since then; null while it was not. */
  readonly triedAtMs: number | null;
  readonly parked: boolean;
  readonly nowMs: number;
}

/** A camera that did not take it is asked again after this long. */
const AGAIN_MS = 60_000;

/** Whether a camera that nobody needs is to be turned to its resting place now. */
export function parkDue({ parking, quietSinceMs, triedAtMs, parked, nowMs }: ParkFacts): boolean {
  if (parking === null || parked) return false;
  if (nowMs - quietSinceMs < parking.afterMinutes * 60_000) return false;
  return triedAtMs === null || nowMs - triedAtMs >= AGAIN_MS;
}

import { sleep } from '#kit/process/supervisor.ts';
import type { PtzCamera } from '../ptz-camera.ts';

const LOOK_MS = 50;
/** A head that was not seen to move for this long after a command does not: positions are read back every half second at rest. */
const STARTS_WITHIN_MS = 800;

/** Waits until the head, as it was read back, has come to rest. False when it did not within `withinMs`, or the signal aborted. */
export async function standsStill(head: Pick<PtzCamera, 'status'>, withinMs: number, signal: AbortSignal): Promise<boolean> {
  const beganAt = performance.now();
  const passed = (): number => performance.now() - beganAt;
  for (let moved = false; passed() < withinMs && !signal.aborted; ) {
    const { moving, link } = head.status();
    moved ||= moving;
    if (link === 'ok' && !moving && (moved || passed() >= STARTS_WITHIN_MS)) return true;
    await sleep(LOOK_MS, signal);
  }
  return false;
}

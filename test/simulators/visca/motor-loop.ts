import { setInterval as every } from 'node:timers/promises';
import type { PtzHead, Viewport } from './head.ts';

const TICK_MS = 20;
/** Two ticks: the pace of the picture. The renderer fills in between with the rates. */
const TICKS_PER_LOOK = 2;
/** A head that rests still says where, so that a restarted renderer catches up. */
const TICKS_AT_REST = 50;

/** Gives the head its time and tells `look` where the lens points. Resolves on abort. */
export async function runMotors(head: PtzHead, look: (viewport: Viewport) => void, signal: AbortSignal): Promise<void> {
  let ticks = 0;
  let moved = true;
  try {
    for await (const _ of every(TICK_MS, undefined, { signal })) {
      head.tick(Date.now());
      ticks++;
      if (ticks % (moved ? TICKS_PER_LOOK : TICKS_AT_REST) === 0) {
        // Once more after the last movement: where it came to rest.
        moved = head.moving;
        look(head.viewport());
      } else {
        moved ||= head.moving;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

import type Hls from 'hls.js';
import { pause } from '#kit/ui/time/pause.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;

/** The library is large, and the first picture does not need it: it is loaded apart. A browser that has it answers at once. */
export const loadHls = (): Promise<typeof Hls> => import('hls.js').then(({ default: library }) => library);

/** Loads until it succeeds, with pauses of one to five seconds; null once the signal aborts. Never rejects. */
export async function persistently<T>(load: () => Promise<T>, signal: AbortSignal): Promise<T | null> {
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs + FIRST_PAUSE_MS, LONGEST_PAUSE_MS)) {
    const loaded = await load().catch(() => null);
    if (loaded !== null) return signal.aborted ? null : loaded;
    await pause(pauseMs, signal);
  }
  return null;
}

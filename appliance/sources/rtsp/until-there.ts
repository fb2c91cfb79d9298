import { codeOf } from '#kit/process/errors.ts';
import { sleep } from '#kit/process/supervisor.ts';

/** From the beginning of one attempt to that of the next. */
const ASK_EVERY_MS = 500;
/** Longer than the supervisor's measure of a healthy run: what begins again behind it begins at once. By then the address may be another one. */
const AWAY_MAX_MS = 15_000;

interface Waiting {
  readonly signal: AbortSignal;
  /** Each time that nobody was there. */
  readonly onAway?: (() => void) | undefined;
}

/**
 * Connects to a device as soon as it is there: one that is away is waited for, as one that is not plugged in is, for nothing is gained by a
 * process that begins anew. What is wrong with a device that answers is for the supervisor. Null on abort.
 * @throws CodedError `rtsp_unreachable` once it was away for long, and whatever else `dial` does
 */
export async function untilThere<T>(dial: () => Promise<T>, { signal, onAway }: Waiting): Promise<T | null> {
  const beganMs = performance.now();
  while (!signal.aborted) {
    const askedMs = performance.now();
    try {
      return await dial();
    } catch (error) {
      if (signal.aborted) return null;
      if (codeOf(error) !== 'rtsp_unreachable' || performance.now() - beganMs > AWAY_MAX_MS) throw error;
    }
    onAway?.();
    await sleep(Math.max(0, askedMs + ASK_EVERY_MS - performance.now()), signal);
  }
  return null;
}

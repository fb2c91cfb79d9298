import { type Child, type ChildExit, startChild } from '#kit/process/child.ts';
import { isKnownEncoder, videoArguments, type VideoProgram } from './arguments.ts';
import { plainReason } from './plain-reason.ts';

export interface Refusal {
  readonly name: string;
  readonly reason: string;
}

/** `isStuck`: what was started for it is still there, and stays until the machine restarts. */
export type Trial = { readonly works: true } | { readonly works: false; readonly reason: string; readonly isStuck?: true };

const TRIAL_TIMEOUT_MS = 8_000;
const KILL_AFTER_MS = 500;
/** From the polite signal on, ms: what the final one has not ended by then sleeps in the kernel, where no signal reaches it. */
const GIVE_UP_MS = 1_000;

/** Encodes one second with everything the program would use: what answers here will run. Settles even where the driver never does. */
export async function tryEncoder(encoder: string, program: VideoProgram, signal: AbortSignal): Promise<Trial> {
  if (!isKnownEncoder(encoder)) return { works: false, reason: 'Lectern does not know how to drive it' };
  const timeout = AbortSignal.timeout(TRIAL_TIMEOUT_MS);
  const stop = AbortSignal.any([signal, timeout]);
  const args = videoArguments(encoder, program, { kind: 'test' });
  const child = startChild('ffmpeg', args, { signal: stop, name: `try-${encoder}`, killAfterMs: KILL_AFTER_MS });
  const exit = await exitOf(child, stop);
  if (exit === null) return { works: false, reason: 'its driver hangs, and cannot be stopped', isStuck: true };
  if (timeout.aborted) return { works: false, reason: `a second of video took it more than ${TRIAL_TIMEOUT_MS / 1000} s` };
  return exit.code === 0 ? { works: true } : { works: false, reason: plainReason(exit.lastWords) };
}

/** Null when it was told to stop and is still there: whoever waits for it would wait until the machine restarts. */
async function exitOf(child: Child, stop: AbortSignal): Promise<ChildExit | null> {
  const { promise: stuck, resolve } = Promise.withResolvers<null>();
  let timer: NodeJS.Timeout | undefined;
  const giveUpSoon = (): void => void (timer = setTimeout(() => resolve(null), GIVE_UP_MS));
  if (stop.aborted) giveUpSoon();
  else stop.addEventListener('abort', giveUpSoon, { once: true });
  try {
    return await Promise.race([child.exited, stuck]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', giveUpSoon);
  }
}

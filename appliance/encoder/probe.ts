import { startChild } from '#kit/process/child.ts';
import { isKnownEncoder, videoArguments, type VideoProgram } from './arguments.ts';
import { plainReason } from './plain-reason.ts';

export interface Refusal {
  readonly name: string;
  readonly reason: string;
}

export type Trial = { readonly works: true } | { readonly works: false; readonly reason: string };

const TRIAL_TIMEOUT_MS = 8_000;

/** Encodes one second with everything the program would use: what answers here will run. */
export async function tryEncoder(encoder: string, program: VideoProgram, signal: AbortSignal): Promise<Trial> {
  if (!isKnownEncoder(encoder)) return { works: false, reason: 'Lectern does not know how to drive it' };
  const timeout = AbortSignal.timeout(TRIAL_TIMEOUT_MS);
  const args = videoArguments(encoder, program, { kind: 'test' });
  const child = startChild('ffmpeg', args, { signal: AbortSignal.any([signal, timeout]), name: `try-${encoder}`, killAfterMs: 500 });
  const exit = await child.exited;
  if (timeout.aborted) return { works: false, reason: `a second of video took it more than ${TRIAL_TIMEOUT_MS / 1000} s` };
  return exit.code === 0 ? { works: true } : { works: false, reason: plainReason(exit.lastWords) };
}

import { startChild } from '#kit/process/child.ts';

const TIMEOUT_MS = 8_000;

/** Decodes only the keyframe of an initialisation segment and one fragment, handed over on standard input. */
export const PROOF_ARGUMENTS: readonly string[] = [
  '-hide_banner', '-nostats', '-loglevel', 'error', '-xerror', '-threads', '1', '-f', 'mp4', '-i', 'pipe:0',
  '-map', '0:v:0', '-frames:v', '1', '-f', 'null', '-',
];

/** Whether FFmpeg can decode the picture of this recording: the test that counts, done by another program than the one that wrote it. */
export async function decodes(file: Buffer, signal: AbortSignal): Promise<boolean> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const child = startChild('ffmpeg', PROOF_ARGUMENTS, { signal: limited, name: 'recording-proof', stdio: ['pipe', 'ignore', 'pipe'], killAfterMs: 300 });
  // FFmpeg closes its input once it has the frame: the rest of the pipe breaks, which is no failure.
  child.process.stdin?.on('error', () => undefined).end(file);
  const { code, lastWords } = await child.exited;
  return code === 0 && lastWords === '';
}

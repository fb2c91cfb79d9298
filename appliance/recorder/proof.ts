import { Readable } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';

const TIMEOUT_MS = 8_000;

/** Only the keyframe of an initialisation segment and one fragment, handed over on standard input; the first fault ends it. */
const PROOF_INPUT: readonly string[] = ['-hide_banner', '-nostats', '-loglevel error', '-xerror', '-threads 1'];
const PROOF_OUTPUT: readonly string[] = ['-map 0:v:0', '-frames:v 1'];

/** Whether FFmpeg can decode the picture of this recording: the test that counts, done by another program than the one that wrote it. */
export function decodes(file: Buffer, signal: AbortSignal): Promise<boolean> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const command = ffmpeg(Readable.from([file]))
    .inputFormat('mp4')
    .inputOptions([...PROOF_INPUT])
    .outputOptions([...PROOF_OUTPUT])
    .format('null')
    .output('-');
  const kill = (): void => void command.kill('SIGKILL');
  limited.addEventListener('abort', kill, { once: true });
  return new Promise<boolean>((resolve) => {
    command
      .on('end', (_stdout, stderr) => resolve(stderr?.trim() === ''))
      .on('error', () => resolve(false))
      .run();
  }).finally(() => limited.removeEventListener('abort', kill));
}

import { PassThrough, Readable } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import { rmsDbfs } from '#kit/media/pcm.ts';

const TIMEOUT_MS = 8_000;

/** An initialisation segment and one fragment, handed over on standard input; the first fault ends it. */
const INPUT: readonly string[] = ['-hide_banner', '-nostats', '-loglevel error', '-xerror', '-threads 1', '-skip_frame nokey'];
/** The keyframe alone: what follows depends on it, and decoding it all would cost as much as the encoder. */
const PICTURE: readonly string[] = ['-map 0:v:0', '-frames:v 1'];
const SOUND: readonly string[] = ['-map 0:a:0?', '-ac 1', '-ar 8000'];

interface Proof {
  readonly picture: boolean;
  /** Of the fragment's sound, dBFS RMS; null where it has none that decodes. */
  readonly soundDbfs: number | null;
}

/**
 * What FFmpeg can decode of this piece of a recording: the test that counts, done by another program than the one that wrote it. Null where
 * it did not get to the end of it in time, which says something of the machine and nothing of the recording.
 */
export async function prove(file: Buffer, hasSound: boolean, signal: AbortSignal): Promise<Proof | null> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const command = ffmpeg(Readable.from([file])).inputFormat('mp4').inputOptions([...INPUT]).output('-').format('null').outputOptions([...PICTURE]);
  const samples = new PassThrough();
  if (hasSound) command.output(samples).format('s16le').outputOptions([...SOUND]);
  const kill = (): void => void command.kill('SIGKILL');
  limited.addEventListener('abort', kill, { once: true });
  const level = hasSound ? levelOf(samples) : Promise.resolve(null);
  try {
    const picture = await new Promise<boolean>((resolve) => {
      command.on('end', (_stdout, stderr) => resolve(stderr?.trim() === '')).on('error', () => resolve(false)).run();
    });
    samples.end();
    const soundDbfs = await level;
    return limited.aborted ? null : { picture, soundDbfs };
  } finally {
    limited.removeEventListener('abort', kill);
  }
}

async function levelOf(samples: PassThrough): Promise<number | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of samples) chunks.push(chunk as Buffer);
  const pcm = Buffer.concat(chunks);
  return pcm.length === 0 ? null : rmsDbfs(pcm);
}

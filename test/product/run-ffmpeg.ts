import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** What a class has to have: pictures and sound. */
const PROGRAM: readonly string[] = ['0:v:0', '0:a:0'];

export interface Decoded {
  readonly frames: number;
  readonly seconds: number;
  /** What FFmpeg complained of; empty when all of it decoded. */
  readonly complaints: string;
}

export interface DecodeOptions {
  readonly seconds?: number;
  readonly timeoutMs?: number;
  /** Each has to be there, as FFmpeg's `-map` has it. */
  readonly streams?: readonly string[];
}

/** Reads an address or a file to its end (or for `seconds`) and decodes every frame of it. */
export async function decodeAll(input: string, { seconds, timeoutMs = 60_000, streams = PROGRAM }: DecodeOptions = {}): Promise<Decoded> {
  const limit = seconds === undefined ? [] : ['-t', String(seconds)];
  // The input's own clock: rounded to frames of a fixed rate, two that come close together would look like one too many.
  const output = [...streams.flatMap((stream) => ['-map', stream]), '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'null', '-'];
  const args = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-progress', 'pipe:1', '-i', input, ...limit, ...output];
  const { stdout, stderr } = await run('ffmpeg', args, { timeout: timeoutMs, maxBuffer: 4 << 20 });
  const last = (key: string): number => Number([...stdout.matchAll(new RegExp(`^${key}=(\\d+)`, 'gm'))].at(-1)?.[1] ?? 0);
  return { frames: last('frame'), seconds: last('out_time_us') / 1e6, complaints: stderr.trim() };
}

export interface Publisher {
  /** Resolves with what FFmpeg said when it ended, by itself or by `stop`. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** Publishes a test picture and a tone by RTMP, as a foreign encoder would. */
export function publishRtmp(url: string): Publisher {
  const args = [
    '-hide_banner', '-nostdin', '-loglevel', 'error', '-re',
    '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000',
    '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-bf', '0', '-g', '25', '-pix_fmt', 'yuv420p', '-b:v', '600k',
    '-c:a', 'aac', '-b:a', '96k', '-f', 'flv', url,
  ];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'ffmpeg', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-4096)));
  const ended = once(child, 'close').then(() => words);
  return {
    ended,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

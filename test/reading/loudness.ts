import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Window {
  readonly fromSeconds: number;
  readonly seconds: number;
}

export interface LoudnessReading {
  /** Integrated over the window (EBU R 128), -70 where it is silent. */
  readonly lufs: number;
  readonly truePeakDbtp: number;
}

/** How loud a window of a file's sound is, as FFmpeg's own meter has it. @throws Error where there is no sound to read */
export async function readLoudness(media: string, { fromSeconds, seconds }: Window): Promise<LoudnessReading> {
  const window = ['-ss', String(fromSeconds), '-t', String(seconds)];
  const { stderr } = await run('ffmpeg', ['-hide_banner', '-nostdin', ...window, '-i', media, '-map', '0:a:0', '-af', 'ebur128=peak=true:framelog=verbose', '-f', 'null', '-']);
  const lufs = /I: +(-?[\d.]+) LUFS/.exec(stderr)?.[1];
  const peak = /Peak: +(-?[\d.]+|-inf) dBFS/.exec(stderr)?.[1];
  if (lufs === undefined || peak === undefined) throw new Error(`no loudness can be read of ${media}: ${stderr.slice(-500)}`);
  return { lufs: Number(lufs), truePeakDbtp: peak === '-inf' ? Number.NEGATIVE_INFINITY : Number(peak) };
}

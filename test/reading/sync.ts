import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findBeeps } from './marks.ts';
import { grayPicture } from './pictures.ts';
import { readTimecode } from './timecode.ts';

const run = promisify(execFile);
const SAMPLE_RATE_HZ = 48_000;
const WIDTH = 640;
const HEIGHT = 360;
/** A beep begins on every fifth whole second of the wall clock. */
const BEEP_EVERY_MS = 5_000;
const MAX_BUFFER = 1 << 30;

export interface SyncReading {
  /** How much later the sound is than the picture, ms: the median over all beeps. Positive: the sound lags. */
  readonly offsetMs: number;
  readonly beeps: number;
  readonly frames: number;
}

/**
 * How sound and picture of the simulated room lie to each other in a file: each readable frame says when the camera took it, each
 * beep began on a whole fifth second, and the file says when both are shown.
 * @throws Error when it holds no readable frame or no beep
 */
export async function readSync(media: string, { fromSeconds = 0, seconds = 60 }: { fromSeconds?: number; seconds?: number } = {}): Promise<SyncReading> {
  const window = ['-ss', String(fromSeconds), '-t', String(seconds)];
  const pictureMs = await pictureOffsetsMs(media, window);
  const soundMs = await beepTimesMs(media, window);
  return { offsetMs: syncOf(pictureMs, soundMs), beeps: soundMs.length, frames: pictureMs.length };
}

/**
 * How much later the sound is than the picture, ms. `pictureMs`: for each frame, when it is shown minus when it was taken;
 * `beepsMs`: when each beep is heard, on the same time. @throws Error when there is none of either
 */
export function syncOf(pictureMs: readonly number[], beepsMs: readonly number[]): number {
  const picture = median(pictureMs);
  const lateness = beepsMs.map((heardMs) => heardMs - picture - Math.round((heardMs - picture) / BEEP_EVERY_MS) * BEEP_EVERY_MS);
  return median(lateness);
}

/** For each readable frame, when it is shown (the file's time) minus when it was taken (epoch), ms. */
async function pictureOffsetsMs(media: string, window: readonly string[]): Promise<number[]> {
  const crop = { width: 200, height: 18 };
  const args = [
    '-hide_banner', '-nostdin', '-loglevel', 'info', '-copyts', ...window, '-i', media, '-map', '0:v:0',
    '-vf', `scale=${WIDTH}:${HEIGHT},crop=${crop.width}:${crop.height}:0:0,format=gray,showinfo`, '-fps_mode', 'passthrough', '-f', 'rawvideo', 'pipe:1',
  ];
  const { stdout, stderr } = await run('ffmpeg', args, { maxBuffer: MAX_BUFFER, encoding: 'buffer' });
  const times = [...stderr.toString().matchAll(/ n: *\d+ .*?pts_time:([\d.]+)/g)].map(([, time]) => Number(time) * 1000);
  return times.flatMap((shownMs, index) => {
    const plane = stdout.subarray(index * crop.width * crop.height, (index + 1) * crop.width * crop.height);
    const takenMs = readTimecode({ ...grayPicture(plane, crop.width, crop.height), width: WIDTH, height: HEIGHT });
    return takenMs === null ? [] : [shownMs - takenMs];
  });
}

/** When each beep is heard, on the file's time. */
async function beepTimesMs(media: string, window: readonly string[]): Promise<number[]> {
  const args = [
    '-hide_banner', '-nostdin', '-loglevel', 'info', '-copyts', ...window, '-i', media, '-map', '0:a:0',
    '-af', `aresample=${SAMPLE_RATE_HZ},pan=mono|c0=c0,ashowinfo`, '-f', 'f32le', 'pipe:1',
  ];
  const { stdout, stderr } = await run('ffmpeg', args, { maxBuffer: MAX_BUFFER, encoding: 'buffer' });
  const first = Number(/ n:0 .*?pts_time:(-?[\d.]+)/.exec(stderr.toString())?.[1] ?? 0) * 1000;
  const samples = new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length - (stdout.length % 4)));
  return findBeeps(samples, SAMPLE_RATE_HZ).map((sample) => first + (sample / SAMPLE_RATE_HZ) * 1000);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('no readable frame, or no beep');
  return middle;
}

import { execFile } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { startChild } from '#kit/process/child.ts';
import type { Played } from './player.ts';

const run = promisify(execFile);
const US = 1_000_000;
const BEGINS_WITHIN_MS = 30_000;
/** FFmpeg tells twice a second how far it is. */
const PROGRESS = /^out_time_us=(-?\d+)$/;

/** FFmpeg, which decodes picture and sound and throws them away, as fast as they come. */
export async function ffmpeg(url: string, seconds: number): Promise<Played> {
  const over = new AbortController();
  // Times stay the class's own, so that they can be compared with another look at it.
  const args = ['-hide_banner', '-nostdin', '-loglevel', 'warning', '-copyts', '-i', url, '-map', '0:v:0', '-map', '0:a:0', '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-progress', 'pipe:1', '-f', 'null', '-'];
  const child = startChild('ffmpeg', args, { signal: over.signal, name: 'player-ffmpeg', stdio: ['ignore', 'pipe', 'pipe'], killAfterMs: 10_000 });
  const [complaints, progress] = [[] as string[], [] as { atMs: number; us: number }[]];
  const { stdout, stderr } = child.process;
  if (stdout === null || stderr === null) throw new Error('FFmpeg has no pipes.');
  createInterface({ input: stderr }).on('line', (line) => complaints.push(line));
  const { promise: played, resolve } = Promise.withResolvers<void>();
  const late = setTimeout(resolve, BEGINS_WITHIN_MS);
  createInterface({ input: stdout }).on('line', (line) => {
    const us = Number(PROGRESS.exec(line)?.[1] ?? 0);
    if (us <= 0) return;
    if (progress.length === 0) {
      clearTimeout(late);
      setTimeout(resolve, seconds * 1_000);
    }
    progress.push({ atMs: performance.now(), us });
  });
  const ended = await Promise.race([played, child.exited]);
  if (ended !== undefined) complaints.push(`it ended with ${ended.code ?? 'a signal'}`);
  const edgeSeconds = await newestSecond(url);
  over.abort();
  await child.exited;
  const [first, last] = [progress[0], progress.at(-1)];
  if (first === undefined || last === undefined) return { name: 'FFmpeg', seconds: 0, moved: 0, behind: Infinity, complaints };
  return { name: 'FFmpeg', seconds: (last.atMs - first.atMs) / 1_000, moved: (last.us - first.us) / US, behind: edgeSeconds - last.us / US, complaints };
}

/** Where the newest whole segment begins. */
async function newestSecond(url: string): Promise<number> {
  const args = ['-v', 'error', '-live_start_index', '-1', '-select_streams', 'v:0', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', '-read_intervals', '%+#1', url];
  return Number.parseFloat((await run('ffprobe', args)).stdout);
}

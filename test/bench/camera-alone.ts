import { spawn } from 'node:child_process';
import type { Sighting } from '../product/in-page.ts';
import { readTimecode } from '../reading/timecode.ts';

/** The part of the camera's picture that holds the strip, with room for the reader's rounding. */
const STRIP = { width: 392, height: 36 };

/** FFmpeg reading the camera as the box does: decoded, the strip alone written out raw. */
export function cameraAloneArguments(rtsp: string): string[] {
  return [
    '-hide_banner', '-nostdin', '-loglevel', 'error',
    '-rtsp_transport', 'tcp', '-fflags', 'nobuffer', '-flags', 'low_delay', '-threads', '1', '-i', rtsp,
    '-map', '0:v:0', '-vf', `crop=${STRIP.width}:${STRIP.height}:0:0,format=gray`, '-fps_mode', 'passthrough', '-flush_packets', '1', '-f', 'rawvideo', 'pipe:1',
  ];
}

/** How old the camera's frames are when FFmpeg has decoded them. */
export async function sightingsOfCamera(rtsp: string, count: number): Promise<Sighting[]> {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'ffmpeg', ...cameraAloneArguments(rtsp)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const frameBytes = STRIP.width * STRIP.height;
  const sightings: Sighting[] = [];
  let pending = Buffer.alloc(0);
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    const shownMs = Date.now();
    pending = Buffer.concat([pending, chunk]);
    for (; pending.length >= frameBytes; pending = pending.subarray(frameBytes)) {
      const strip = pending;
      const seenMs = readTimecode({ width: 1280, height: 720, luma: (x, y) => strip[y * STRIP.width + x] ?? 0 });
      if (seenMs !== null) sightings.push({ seenMs, shownMs });
    }
    if (sightings.length >= count) break;
  }
  child.kill('SIGKILL');
  return sightings;
}

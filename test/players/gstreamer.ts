import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Player } from './player.ts';

const run = promisify(execFile);
/** What the script says before it stops the player. */
const STOPPED = 'it is stopped';
const SCRIPT = join(import.meta.dirname, 'play-hls.py');

interface Told {
  readonly demuxer: readonly string[];
  readonly video: number;
  readonly audio: number;
  readonly seconds?: number;
  readonly moved?: number;
  readonly behind?: number;
}

/** GStreamer with the demuxer that an element finds: `uridecodebin` hlsdemux, `uridecodebin3` hlsdemux2. */
export function gstreamer(element: 'uridecodebin' | 'uridecodebin3'): Player {
  return async (url, seconds) => {
    const env = { ...process.env, GST_DEBUG: '2', GST_DEBUG_NO_COLOR: '1' };
    const { stdout, stderr } = await run('/usr/bin/python3', [SCRIPT, url, String(seconds), element], { env, maxBuffer: 64 * 1024 * 1024 });
    const { demuxer, video, audio, seconds: played = 0, moved = 0, behind = Infinity } = JSON.parse(stdout) as Told;
    // Behind it: downloads that stopping called off.
    const [said = ''] = stderr.split(`${STOPPED}\n`);
    const complaints = said.split('\n').filter((line) => line !== '');
    if (video === 0 || audio === 0) complaints.push(`${video} pictures and ${audio} buffers of sound were decoded`);
    return { name: `GStreamer ${demuxer.at(-1) ?? element}`, seconds: played, moved, behind, complaints };
  };
}

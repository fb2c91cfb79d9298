import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Campaign } from '../campaigns/campaign.ts';
import { startGuest } from './guest.ts';
import { ENDED } from './guest-console.ts';
import { Kernel } from './kernel.ts';

const repository = join(import.meta.dirname, '../..');
/** A machine in software may need many seconds of ours for one of its own. */
const PATIENCE_MS = 25 * 60_000;
const run = promisify(execFile);

/** A camera and a sound card of the kernel's own (`vivid`, `snd-aloop`), plugged and unplugged under the box's real captures. */
export const devices: Campaign = ({ say }) => inGuest('devices-main.ts', ['vivid', 'snd_aloop'], say, async () => undefined);

/** Two webcams that compress by themselves, Motion JPEG and H.264, under the box's real captures. */
export const webcams: Campaign = ({ say }) => inGuest('webcams-main.ts', ['v4l2loopback'], say, async (dir) => {
  await film(join(dir, 'mjpeg.nut'), ['-c:v', 'mjpeg', '-q:v', '5']);
  await film(join(dir, 'h264.nut'), ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-bf', '0', '-pix_fmt', 'yuv420p', '-x264-params', 'repeat-headers=1']);
});

/** What a webcam gives for two seconds, again and again: a processor in software has better to do than to encode. */
async function film(file: string, codec: readonly string[]): Promise<void> {
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-t', '2', ...codec, file]);
}

/** Runs one of this folder's programs in a machine in software, with a folder that both can read. Answers what it found broken. */
async function inGuest(program: string, drivers: readonly string[], say: (words: string) => void, prepare: (dir: string) => Promise<void>): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'lectern-guest-'));
  const cache = join(repository, '.lectern/cache/guest');
  mkdirSync(cache, { recursive: true });
  const heard: string[] = [];
  const onLine = (line: string): void => {
    heard.push(line);
    if (line.startsWith('SAY ')) say(line.slice(4));
  };
  try {
    await prepare(dir);
    const kernel = await Kernel.fetch(cache);
    await startGuest({ kernel, dir, drivers, clock: 'instructions', command: commandFor(program, dir), onLine, signal: AbortSignal.timeout(PATIENCE_MS) }).exited;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  const broken = heard.filter((line) => line.startsWith('BROKEN ')).map((line) => line.slice(7));
  return heard.includes(ENDED) ? broken : [...broken, `The guest did not come to its end: ${heard.slice(-20).join('\n')}`];
}

/** What the program uses is read once before it counts: a real box has it on its own disk. */
function commandFor(program: string, dir: string): string {
  return `cd ${repository}
export LECTERN_LOG=warn
for program in ffmpeg v4l2-ctl; do $program -version > /dev/null 2>&1; done
node_modules/node/bin/node test/guest/${program} ${dir}`;
}

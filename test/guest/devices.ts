import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Campaign } from '../campaigns/campaign.ts';
import { startGuest } from './guest.ts';
import { Kernel } from './kernel.ts';

const repository = join(import.meta.dirname, '../..');
/** A machine in software may need many seconds of ours for one of its own. */
const PATIENCE_MS = 25 * 60_000;
/** What the campaign itself uses is read once before it counts: a real box has it on its own disk. */
const COMMAND = `cd ${repository}
export LECTERN_LOG=warn
for program in ffmpeg v4l2-ctl; do $program -version > /dev/null 2>&1; done
node_modules/node/bin/node test/guest/devices-main.ts`;

/** A camera and a sound card of the kernel's own (`vivid`, `snd-aloop`), plugged and unplugged under the box's real captures. */
export const devices: Campaign = async ({ say }) => {
  const dir = mkdtempSync(join(tmpdir(), 'lectern-guest-'));
  const cache = join(repository, '.lectern/cache/guest');
  mkdirSync(cache, { recursive: true });
  const heard: string[] = [];
  const onLine = (line: string): void => {
    heard.push(line);
    if (line.startsWith('SAY ')) say(line.slice(4));
  };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const kernel = await Kernel.fetch(cache);
    await startGuest({ kernel, dir, drivers: ['vivid', 'snd_aloop'], clock: 'instructions', command: COMMAND, onLine, signal }).exited;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  const broken = heard.filter((line) => line.startsWith('BROKEN ')).map((line) => line.slice(7));
  return heard.includes('DEVICES-ENDED') ? broken : [...broken, `The guest did not come to its end: ${heard.slice(-20).join('\n')}`];
};

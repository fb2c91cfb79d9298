import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { endRecording } from '../../appliance/recorder/recover.ts';
import { partsOf, readIndex } from '../../appliance/recorder/recording-folder.ts';
import type { Campaign } from '../campaigns/campaign.ts';
import { examineRecording } from '../campaigns/examine.ts';
import { randomFrom } from '#kit/testing/random.ts';
import { eventually } from '../product/eventually.ts';
import { startGuest } from './guest.ts';
import { Kernel } from './kernel.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../..');
const RECORDING = '01a1fd08-0000-7000-8000-000000000001';
const DISK_BYTES = 128 << 20;
const BOOT_MS = 400_000;
/** After its first released fragment, a class runs this long at most before the power goes. */
const LONGEST_MS = 8_000;

/**
 * A recorder on an ext4 disk of a machine in software, which loses its power `count` times at random instants in the same class. What the
 * recorder had released must be on the disk each time; in the end the recording is put in order and every part must decode.
 */
export const powerCuts: Campaign = async ({ count, seed, say }) => {
  const dir = mkdtempSync(join(tmpdir(), 'lectern-guest-'));
  const cache = join(repository, '.lectern/cache/guest');
  mkdirSync(cache, { recursive: true });
  const [kernel, disk] = [await Kernel.fetch(cache), await makeDisk(join(dir, 'disk.img'))];
  // Where the guest can read it: its own /tmp hides this machine's.
  const media = await makeClass(join(cache, 'class.flv'));
  const random = randomFrom(seed);
  const failures: string[] = [];
  try {
    for (let round = 1; round <= count; round++) {
      const released = await untilPowerCut({ kernel, dir, disk, media }, random() * LONGEST_MS);
      const lost = await onDisk(dir, disk, (folder) => missingFrom(folder, released));
      say(`cut ${round}/${count}: ${released.length} pieces were released, ${lost.length} of them lost`);
      failures.push(...lost.map((piece) => `cut ${round}: released and lost: ${piece}`));
    }
    failures.push(...(await onDisk(dir, disk, putInOrder)));
    return failures;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

interface Setting {
  readonly kernel: Kernel;
  readonly dir: string;
  readonly disk: string;
  readonly media: string;
}

async function untilPowerCut({ kernel, dir, disk, media }: Setting, afterMs: number): Promise<string[]> {
  const power = new AbortController();
  const released: string[] = [];
  const heard: string[] = [];
  const guest = startGuest({
    kernel, dir, disk,
    command: `cd ${repository}; mkdir -p /mnt/recordings; node_modules/node/bin/node test/guest/writer-main.ts --recordings /mnt/recordings --media ${media} --id ${RECORDING}`,
    onLine: (line) => {
      heard.push(line);
      const piece = /RELEASED (\S+ \S+ \S+)/.exec(line)?.[1];
      if (piece !== undefined) released.push(piece);
    },
    signal: power.signal,
  });
  try {
    await eventually('the first released piece', () => released.length > 0, { timeoutMs: BOOT_MS });
    await delay(afterMs);
  } catch (error) {
    throw new Error(`The guest did not record: ${heard.slice(-15).join('\n')}`, { cause: error });
  } finally {
    guest.process.kill('SIGKILL');
    power.abort();
    await guest.exited;
  }
  return released;
}

async function missingFrom(recordings: string, released: readonly string[]): Promise<string[]> {
  const folder = join(recordings, RECORDING);
  const there = new Set<string>();
  for (const name of await partsOf(folder)) for (const { offset, sha256 } of (await readIndex(folder, name)).lines) there.add(`${name.part} ${offset} ${sha256}`);
  return released.filter((piece) => !there.has(piece));
}

/** As the box does at its next start. */
async function putInOrder(recordings: string): Promise<string[]> {
  await endRecording(recordings, RECORDING);
  // Nothing is asked of the time between the cuts: the machine was off.
  const { faults } = await examineRecording(join(recordings, RECORDING), { fromMs: 0, toMs: 0 });
  return [...faults];
}

async function onDisk<T>(dir: string, disk: string, look: (recordings: string) => Promise<T>): Promise<T> {
  const mounted = join(dir, 'mounted');
  mkdirSync(mounted, { recursive: true });
  await run('mount', ['-o', 'loop', disk, mounted]);
  try {
    return await look(join(mounted, 'recordings'));
  } finally {
    await run('umount', [mounted]);
  }
}

async function makeDisk(file: string): Promise<string> {
  await run('truncate', ['-s', String(DISK_BYTES), file]);
  await run('mkfs.ext4', ['-q', '-F', file]);
  return file;
}

async function makeClass(file: string): Promise<string> {
  await run('ffmpeg', [
    '-hide_banner', '-nostdin', '-loglevel', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-f', 'lavfi', '-i', 'sine=sample_rate=48000', '-t', '60',
    '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-bf', '0', '-pix_fmt', 'yuv420p', '-b:v', '300k', '-c:a', 'aac', '-ar', '48000', '-f', 'flv', file,
  ]);
  return file;
}


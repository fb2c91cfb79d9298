import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { randomFrom } from '#kit/testing/random.ts';
import { endRecording } from '../../appliance/recorder/recover.ts';
import { partsOf, readIndex, readMeta } from '../../appliance/recorder/recording-folder.ts';
import type { Campaign, CampaignOptions } from '../campaigns/campaign.ts';
import { damageIn, examineRecording } from '../campaigns/examine.ts';
import { eventually } from '../product/eventually.ts';
import { complaintsOfFsck, makeDisk, onDisk, writeDisk } from './disk-image.ts';
import { startGuest } from './guest.ts';
import { Kernel } from './kernel.ts';
import { readWriteLog, writesAfterCut } from './write-log.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../..');
const RECORDING = '01a1fd08-0000-7000-8000-000000000001';
const BOOT_MS = 400_000;
/** After its first released fragment, a class runs this long at most before the power goes. */
const LONGEST_MS = 8_000;
/** Further cuts of each class, with a disk that forgets what it was not told to keep. */
const CUTS_A_CLASS = 10;
/** Then the next class begins on an empty disk. */
const CLASSES_A_DISK = 4;

/**
 * The real recorder on an ext4 disk of a machine in software, which loses its power `count` times at random instants. The disk's own writes
 * are kept, so that each of these lives gives ten more cuts, after any write it made: there the disk also loses what it had in its cache,
 * piece by piece. What the recorder had released must be there each time, and the recording must come in order at the next start. The next
 * life begins with what such a cut left.
 */
export const powerCuts: Campaign = async (options) => {
  const dir = mkdtempSync(join(tmpdir(), 'lectern-guest-'));
  const cache = join(repository, '.lectern/cache/guest');
  mkdirSync(cache, { recursive: true });
  try {
    const kernel = await Kernel.fetch(cache);
    const media = await makeClass(join(cache, 'class.flv'));
    return await everyLife({ dir, kernel, media }, options);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

interface Bench {
  readonly dir: string;
  readonly kernel: Kernel;
  readonly media: string;
}

async function everyLife(bench: Bench, { count, seed, say }: CampaignOptions): Promise<string[]> {
  const disk = join(bench.dir, 'disk.img');
  const random = randomFrom(seed);
  const failures: string[] = [];
  const lost: number[] = [];
  for (let life = 1; life <= count; life++) {
    if ((life - 1) % CLASSES_A_DISK === 0) await makeDisk(disk);
    const cuts = await oneLife(bench, disk, random);
    const released = cuts[0]?.released ?? 0;
    const lostHere = cuts.flatMap(({ lostMs }) => lostMs ?? []);
    lost.push(...lostHere);
    failures.push(...cuts.flatMap(({ faults }, cut) => faults.map((fault) => `life ${life}, cut ${cut}: ${fault}`)));
    say(`life ${life}/${count}: ${released} fragments released, ${cuts.length} cuts, at most ${Math.round(Math.max(0, ...lostHere))} ms of the class lost, ${failures.length} faults so far`);
  }
  lost.sort((a, b) => a - b);
  say(`${lost.length} cuts in the class: ${Math.round(lost[lost.length >> 1] ?? 0)} ms lost in the middle, ${Math.round(lost.at(-1) ?? 0)} ms at most`);
  return failures;
}

interface Cut {
  readonly faults: readonly string[];
  readonly released: number;
  /** Of the class, from the newest that was captured back to the newest that is there; null before anything was captured. */
  readonly lostMs: number | null;
}

/** Ends with `disk` as the last of its cuts left it, not put in order. */
async function oneLife(bench: Bench, disk: string, random: () => number): Promise<Cut[]> {
  const at = (name: string): string => join(bench.dir, name);
  copyFileSync(disk, at('before.img'));
  writeFileSync(at('writes.log'), '');
  const heard = await untilPowerCut(bench, { image: disk, log: at('writes.log') }, random() * LONGEST_MS);
  const cuts = [await look(disk, at('mounted'), knownBy(heard, Infinity))];
  const events = readWriteLog(readFileSync(at('writes.log')));
  for (let cut = 1; cut <= CUTS_A_CLASS; cut++) {
    const count = Math.ceil(random() * events.length);
    await writeDisk(disk, at('before.img'), writesAfterCut(events, count, random));
    copyFileSync(disk, at('looked-at.img'));
    cuts.push(await look(at('looked-at.img'), at('mounted'), knownBy(heard, events[count - 1]?.endsAt ?? 0)));
  }
  return cuts;
}

interface Heard {
  readonly line: string;
  /** How much the disk had been told when it was heard: whoever loses power after that had said it. */
  readonly logBytes: number;
}

async function untilPowerCut({ kernel, dir, media }: Bench, disk: { image: string; log: string }, afterMs: number): Promise<Heard[]> {
  const power = new AbortController();
  const heard: Heard[] = [];
  const guest = startGuest({
    kernel, dir, disk,
    command: `cd ${repository}; mkdir -p /run/disk/recordings; node_modules/node/bin/node test/guest/writer-main.ts --recordings /run/disk/recordings --media ${media} --id ${RECORDING}`,
    onLine: (line) => heard.push({ line, logBytes: statSync(disk.log).size }),
    signal: power.signal,
  });
  try {
    await eventually('the first released fragment', () => heard.some(({ line }) => line.startsWith('RELEASED')), { timeoutMs: BOOT_MS });
    await delay(afterMs);
  } catch (error) {
    throw new Error(`The guest did not record: ${heard.slice(-15).map(({ line }) => line).join('\n')}`, { cause: error });
  } finally {
    guest.process.kill('SIGKILL');
    power.abort();
    await guest.exited;
  }
  return heard;
}

interface Known {
  /** Part, offset and hash of each fragment that may not be lost. */
  readonly released: readonly string[];
  /** In this life: before it the machine was off. */
  readonly beganUs: number | null;
  readonly capturedUs: number | null;
}

function knownBy(heard: readonly Heard[], logBytes: number): Known {
  const said = (what: string): string[] => heard.flatMap((each) => (each.logBytes <= logBytes && each.line.startsWith(`${what} `) ? [each.line.slice(what.length + 1)] : []));
  const captured = said('CAPTURED').map(Number);
  return { released: said('RELEASED'), beganUs: captured[0] ?? null, capturedUs: captured.at(-1) ?? null };
}

/** Starts the box again, as far as its disk is concerned. */
async function look(image: string, mountPoint: string, known: Known): Promise<Cut> {
  const { faults, endUs } = await onDisk(image, mountPoint, () => lookAt(join(mountPoint, 'recordings'), known));
  const damage = await complaintsOfFsck(image);
  const { beganUs, capturedUs } = known;
  const lostMs = beganUs === null || capturedUs === null ? null : Math.max(0, (capturedUs - Math.max(beganUs, endUs ?? 0)) / 1000);
  return { faults: [...faults, ...(damage === '' ? [] : [`the file system is damaged: ${damage}`])], released: known.released.length, lostMs };
}

async function lookAt(recordings: string, { released }: Known): Promise<{ faults: string[]; endUs: number | null }> {
  const folder = join(recordings, RECORDING);
  const isBegun = existsSync(folder) && (await readMeta(folder)) !== null;
  if (!isBegun) return { faults: released.map((piece) => `released and lost with the whole recording: ${piece}`), endUs: null };
  const found = await fragmentsIn(folder);
  const missing = released.filter((piece) => !found.pieces.has(piece)).map((piece) => `released and lost: ${piece}`);
  const torn = damageIn(folder);
  await endRecording(recordings, RECORDING);
  // Nothing is asked of the time between the cuts: the machine was off.
  const { faults } = await examineRecording(folder, { fromMs: 0, toMs: 0 });
  return { faults: [...missing, ...torn, ...faults], endUs: found.endUs };
}

async function fragmentsIn(folder: string): Promise<{ pieces: Set<string>; endUs: number | null }> {
  const pieces = new Set<string>();
  const ends: number[] = [];
  for (const name of await partsOf(folder)) {
    for (const { kind, offset, sha256, captureUs, durationUs } of (await readIndex(folder, name)).lines) {
      if (kind === 'fragment') ends.push(captureUs + durationUs);
      pieces.add(`${name.part} ${offset} ${sha256}`);
    }
  }
  return { pieces, endUs: ends.length === 0 ? null : Math.max(...ends) };
}

async function makeClass(file: string): Promise<string> {
  await run('ffmpeg', [
    '-hide_banner', '-nostdin', '-loglevel', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25', '-f', 'lavfi', '-i', 'sine=sample_rate=48000', '-t', '60',
    '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-bf', '0', '-pix_fmt', 'yuv420p', '-b:v', '1M', '-c:a', 'aac', '-ar', '48000', '-f', 'flv', file,
  ]);
  return file;
}

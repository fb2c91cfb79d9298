import { execFile } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Device, DeviceMode } from '#appliance/contract/sources.ts';
import { codeOf } from '#kit/process/errors.ts';
import { sleep } from '#kit/process/supervisor.ts';
import type { SourceConfig } from '../source-config.ts';
import { modesIn, rankModes } from './formats.ts';
import { modesInListing } from './listing.ts';
import { cardOf, hasCard, soundDevicesIn } from './sound-cards.ts';

/** Where the kernel shows its devices. */
export interface DeviceRoots {
  readonly dev: string;
  readonly sys: string;
  readonly proc: string;
}

export const MACHINE: DeviceRoots = { dev: '/dev', sys: '/sys', proc: '/proc' };
/** udev makes its links some milliseconds after the node; a missed notice costs no more than this. */
const LOOK_EVERY_MS = 500;
const LIST_TIMEOUT_MS = 3_000;
const FULL_HD = { width: 1920, height: 1080, fps: 25 };
/** A device may offer twenty formats in ten sizes at ten rates each. */
const LISTING_BYTES_MAX = 4 << 20;

/** Resolves when the device of a source is there: at once for what is no device, null on abort. */
export async function untilPresent({ url }: SourceConfig, signal: AbortSignal, roots = MACHINE): Promise<void> {
  while (!signal.aborted && !(await isPresent(url, roots))) await nextLook(url, signal, roots);
}

async function isPresent(url: string, { dev, proc }: DeviceRoots): Promise<boolean> {
  const [scheme = '', name = ''] = url.split(/:(.*)/s);
  if (scheme === 'v4l2') return existsSync(name.replace(/^\/dev/, dev));
  const card = scheme === 'alsa' ? cardOf(name) : null;
  return card === null || hasCard(await textOf(join(proc, 'asound/cards')), card);
}

/** Until something changes beside the device, or some time has passed. */
async function nextLook(url: string, signal: AbortSignal, { dev }: DeviceRoots): Promise<void> {
  const changed = new AbortController();
  const folder = url.startsWith('v4l2:') ? dirname(url.slice(5).replace(/^\/dev/, dev)) : join(dev, 'snd');
  const watcher = existsSync(folder) ? watch(folder, () => changed.abort()) : null;
  watcher?.on('error', () => changed.abort());
  await sleep(LOOK_EVERY_MS, AbortSignal.any([signal, changed.signal]));
  watcher?.close();
}

/** What is plugged in, with the sources that use it. */
export async function devicesOf(sources: readonly SourceConfig[], roots = MACHINE): Promise<Device[]> {
  const [pictures, sounds] = await Promise.all([videoDevices(roots), soundDevices(roots)]);
  return [...pictures, ...sounds].map(({ aliases, ...device }) => ({ ...device, usedBy: sources.find(({ url }) => aliases.includes(url))?.id ?? null }));
}

type Found = Omit<Device, 'usedBy'> & { readonly aliases: readonly string[] };

async function videoDevices({ dev, sys }: DeviceRoots): Promise<Found[]> {
  const nodes = (await namesIn(join(sys, 'class/video4linux'))).toSorted();
  const links = await linksIn(join(dev, 'v4l/by-id'));
  const found = await Promise.all(nodes.map(async (node): Promise<Found | null> => {
    const name = (await textOf(join(sys, 'class/video4linux', node, 'name'))).trim() || node;
    const modes = await modesOf(join(dev, node));
    // A camera has further nodes, for its description, that give no pictures.
    if (modes === null) return null;
    const aliases = [`v4l2:/dev/${node}`, ...links.filter(({ to }) => to === node).map(({ from }) => `v4l2:/dev/v4l/by-id/${from}`)];
    return { url: aliases.at(-1) ?? '', name, media: 'picture', modes: rankModes(modes, FULL_HD, false), aliases };
  }));
  return found.filter((device) => device !== null);
}

/** Null where the node gives no pictures; empty where the device is busy and does not say. */
export async function modesOf(node: string): Promise<DeviceMode[] | null> {
  const listing = await said('v4l2-ctl', ['--device', node, '--list-formats-ext']);
  if (listing !== null) {
    const modes = modesInListing(listing);
    return modes.length > 0 || /\[\d+\]: '/.test(listing) ? modes : null;
  }
  // Without v4l-utils FFmpeg tells the same but for the rates. It always "fails": listing is all that it is asked for.
  const words = (await said('ffmpeg', ['-hide_banner', '-nostdin', '-f', 'v4l2', '-list_formats', 'all', '-i', node])) ?? '';
  return /Not a video capture device|Inappropriate ioctl/.test(words) ? null : modesIn(words);
}

/** All that a program says; null where there is no such program. */
async function said(program: string, args: readonly string[]): Promise<string | null> {
  return await new Promise((resolve) => {
    execFile(program, args, { timeout: LIST_TIMEOUT_MS, maxBuffer: LISTING_BYTES_MAX }, (error, out, words) => resolve(codeOf(error) === 'ENOENT' ? null : out + words));
  });
}

async function soundDevices({ proc }: DeviceRoots): Promise<Found[]> {
  const devices = soundDevicesIn(await textOf(join(proc, 'asound/cards')), await textOf(join(proc, 'asound/pcm')));
  return devices.map(({ pcm, name }) => ({ url: `alsa:${pcm}`, name, media: 'sound', modes: [], aliases: [`alsa:${pcm}`, `alsa:plug${pcm}`] }));
}

async function linksIn(folder: string): Promise<{ from: string; to: string }[]> {
  return Promise.all((await namesIn(folder)).map(async (from) => ({ from, to: basename(await realpath(join(folder, from)).catch(() => from)) })));
}

/** A machine without such devices has no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  return absentAs([], readdir(folder));
}

async function textOf(file: string): Promise<string> {
  return absentAs('', readFile(file, 'utf8'));
}

async function absentAs<T>(empty: T, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENODEV'].includes(codeOf(error))) return empty;
    throw error;
  }
}

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '#kit/process/errors.ts';
import type { Finding } from './finding.ts';

const about = 'Devices';

/** What is plugged in. A room may have all of it on the network, so that nothing here is a fault. */
export async function lookAtDevices(): Promise<Finding[]> {
  const cameras = await Promise.all((await namesIn('/sys/class/video4linux')).map(async (name) => {
    return `${(await textOf(join('/sys/class/video4linux', name, 'name'))).trim()} (/dev/${name})`;
  }));
  const cards = cardsIn(await textOf('/proc/asound/cards'));
  const graphics = (await namesIn('/dev/dri')).filter((name) => name.startsWith('render'));
  const serial = (await namesIn('/dev')).filter((name) => /^tty(USB|ACM)\d+$/.test(name));
  return [
    listed('Cameras and grabbers', cameras, 'none plugged in; cameras on the network need none'),
    listed('Sound cards', cards, 'none; microphones on the network need none'),
    listed('Graphics that may encode', graphics.map((name) => `/dev/dri/${name}`), 'none; the processor encodes'),
    listed('Serial lines for camera heads', serial.map((name) => `/dev/${name}`), 'none; heads on the network need none'),
  ];
}

/** Names from /proc/asound/cards: ` 0 [PCH            ]: HDA-Intel - HDA Intel PCH`. */
export function cardsIn(text: string): string[] {
  return [...text.matchAll(/^\s*\d+ \[(\S+)\s*\]: .*? - (.*)$/gm)].map(([, id = '', name = '']) => `${name} (${id})`);
}

function listed(what: string, found: readonly string[], none: string): Finding {
  return { about, verdict: 'good', says: `${what}: ${found.length === 0 ? none : found.join(', ')}.` };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted();
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EACCES') return [];
    throw error;
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EACCES') return '';
    throw error;
  }
}

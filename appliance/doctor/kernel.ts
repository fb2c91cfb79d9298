import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from './finding.ts';

const WANTED_FILE = join(import.meta.dirname, '60-lectern.conf');

/** A setting of the kernel, `sysctl.conf(5)`: its name with dots, and a whole number. */
interface Setting {
  readonly name: string;
  readonly value: number;
}

export function settingsIn(conf: string): Setting[] {
  return [...conf.matchAll(/^([\w.]+)\s*=\s*(\d+)$/gm)].map(([, name = '', value]) => ({ name, value: Number(value) }));
}

export async function lookAtKernel(): Promise<Finding[]> {
  const wanted = settingsIn(await readFile(WANTED_FILE, 'utf8'));
  return await Promise.all(wanted.map(async (setting) => verdictOn(setting, await valueOf(setting.name))));
}

export function verdictOn({ name, value }: Setting, now: number | null): Finding {
  const about = 'Kernel';
  if (now !== null && now >= value) return { about, verdict: 'good', says: `${name} is ${now}.` };
  return { about, verdict: 'look', says: `${name} is ${now ?? 'unknown'} and should be ${value}: a class takes more of the processor than it need. Copy ${WANTED_FILE} to /etc/sysctl.d and restart.` };
}

async function valueOf(name: string): Promise<number | null> {
  const text = await readFile(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').catch(() => null);
  return text === null ? null : Number(text);
}

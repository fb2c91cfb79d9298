import { codeOf } from '#kit/process/errors.ts';
import { portsFrom } from '#kit/process/ports.ts';
import { requirePortsFree } from '../demo/ports-free.ts';

/** Below the range from which the system hands out ports by itself (32768 and up), above what services usually have. */
const FIRST = 12_000;
const STEP = 300;
const BASES = 60;

/** A port base of which every port is free right now; another process may still take one before it is used. */
export async function freePortBase(): Promise<number> {
  const start = Math.floor(Math.random() * BASES);
  for (let tried = 0; tried < BASES; tried++) {
    const base = FIRST + ((start + tried) % BASES) * STEP;
    if (await isFree(base)) return base;
  }
  throw new Error(`No free range of ports between ${FIRST} and ${FIRST + STEP * BASES}.`);
}

async function isFree(base: number): Promise<boolean> {
  const { simulators, ...ports } = portsFrom(base);
  const simulated = [0, 1, 2, 3, 4].map((offset) => simulators + offset);
  const all = [...Object.values(ports), ...simulated];
  try {
    await requirePortsFree({ tcp: all, udp: all });
    return true;
  } catch (error) {
    if (codeOf(error) === 'port_in_use' || codeOf(error) === 'port_unusable') return false;
    throw error;
  }
}

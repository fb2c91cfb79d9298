import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '#kit/testing/random.ts';
import { inTurn } from './in-turn.ts';
import type { LoneBox } from './lone-box.ts';
import { freeze as freezeFor } from './named-process.ts';

export interface Fault {
  readonly name: string;
  /** Whether the program itself must go on without a gap: only a source was hurt. */
  readonly spares: 'program' | 'nothing';
  /** Does the harm, and undoes it where that is a part of it. */
  strike(box: LoneBox): Promise<void>;
}

const SOURCES = ['capture-camera', 'capture-slides', 'capture-microphone'] as const;
const PROGRAM = ['gate', 'encoder-video', 'encoder-audio', 'appliance'] as const;
/** Long enough to be noticed, short enough for a process to be given another chance. */
const FREEZE_MS = 2_500;
const DISK_TROUBLE_MS = 2_500;

function kill(name: string, spares: Fault['spares']): Fault {
  return { name: `kill ${name}`, spares, strike: async (box) => void (await box.signal(name, 'SIGKILL')) };
}

function freeze(name: string, spares: Fault['spares']): Fault {
  return { name: `freeze ${name}`, spares, strike: ({ signal }) => freezeFor(signal, name, FREEZE_MS) };
}

const powerCut: Fault = {
  name: 'kill everything at once',
  spares: 'nothing',
  strike: async (box) => {
    await Promise.all([...SOURCES, ...PROGRAM].map((name) => box.signal(name, 'SIGKILL')));
  },
};

const diskFull: Fault = {
  name: 'fill the disk',
  spares: 'nothing',
  strike: async ({ disk }) => {
    disk?.fill();
    await delay(DISK_TROUBLE_MS);
    disk?.makeRoom();
  },
};

const EVERYWHERE: readonly Fault[] = [
  ...SOURCES.flatMap((name) => [kill(name, 'program'), freeze(name, 'program')]),
  ...PROGRAM.flatMap((name) => [kill(name, 'nothing'), freeze(name, 'nothing')]),
  powerCut,
];

/** Every fault once in random order, then any of them. */
export function faultsFor(box: LoneBox, random: Random): Generator<Fault, never> {
  return inTurn(box.disk === null ? EVERYWHERE : [...EVERYWHERE, diskFull], random);
}

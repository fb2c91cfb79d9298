import { freeze } from '../named-process.ts';
import { type EdgeFault, everybody, nobody } from './fault.ts';

/** Long enough to be noticed, short enough for a process to be given another chance. */
const FREEZE_MS = 2_500;

const PROCESSES: readonly { readonly name: string; readonly spares: EdgeFault['spares'] }[] = [
  { name: 'edge', spares: nobody },
  { name: 'edge-rtmp', spares: ({ room }) => room === 'room-1' },
  // Pictures don't wait for sound.
  { name: 'edge-audio-room-1', spares: everybody },
  { name: 'edge-audio-room-2', spares: everybody },
];

/** A process that is gone or stands still. */
export const PROCESS_FAULTS: readonly EdgeFault[] = PROCESSES.flatMap(({ name, spares }) => [
  {
    name: `kill ${name}`,
    isShort: true,
    spares,
    strike: async ({ edge }) => {
      await edge.signal(name, 'SIGKILL');
      return [];
    },
  },
  {
    name: `freeze ${name}`,
    spares,
    strike: async ({ edge }, random) => {
      await freeze(edge.signal, name, random() * FREEZE_MS);
      return [];
    },
  },
]);

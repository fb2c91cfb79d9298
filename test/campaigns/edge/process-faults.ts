import { setTimeout as delay } from 'node:timers/promises';
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
      const pid = await edge.signal(name, 'SIGSTOP');
      await delay(random() * FREEZE_MS);
      thaw(pid);
      return [];
    },
  },
]);

/** Somebody may have replaced it meanwhile. */
function thaw(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

import { statfs } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { cpuTemperature, currentLoad, mem, time } from 'systeminformation';
import { runService } from '#kit/process/run-service.ts';
import { sleep } from '#kit/process/supervisor.ts';
import type { MachineFigures } from './machine.ts';

const EVERY_MS = 5_000;

/** A process of its own because reading sensors can block for seconds, once for 90 s: nobody waits for it. */
await runService('machine', async (signal) => {
  const { disk = '/' } = parseArgs({ options: { disk: { type: 'string' } } }).values;
  while (!signal.aborted) {
    const [load, memory, heat, space] = await Promise.all([currentLoad(), mem(), cpuTemperature(), statfs(disk)]);
    process.send?.({
      cpuPercent: load.currentLoad,
      memoryFreeBytes: memory.available,
      diskFreeBytes: space.bavail * space.bsize,
      temperatureC: typeof heat.main === 'number' && heat.main > 0 ? heat.main : null,
      uptimeSeconds: time().uptime,
    } satisfies MachineFigures);
    await sleep(EVERY_MS, signal);
  }
});

import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { parseArgs, promisify } from 'node:util';
import { cpuTemperature, currentLoad, mem, time } from 'systeminformation';
import { runService } from '#kit/process/run-service.ts';
import { sleep } from '#kit/process/supervisor.ts';
import { DISK, readDiskErrors } from './disk-errors.ts';
import { namesIn, textOf } from './kernel-files.ts';
import type { MachineFigures } from './machine-figures.ts';
import { busyMsOf, clockErrorMsOf, degreesOf, networkErrorsOf } from './machine-files.ts';
import { Growth } from './rate.ts';

const EVERY_MS = 5_000;
const CHRONYC_MS = 2_000;
const run = promisify(execFile);

async function sumOf(files: readonly string[], read: (text: string) => number): Promise<number> {
  return (await Promise.all(files.map(textOf))).reduce((sum, text) => sum + read(text), 0);
}

async function busiestMs(disks: readonly string[]): Promise<number> {
  const busy = await Promise.all(disks.map(async (disk) => busyMsOf(await textOf(`/sys/block/${disk}/stat`)) ?? 0));
  return Math.max(0, ...busy);
}

/** Asking for it starts a shell and half a dozen programs: a machine warms up more slowly than that. */
const HEAT_EVERY_MS = 15_000;

/** The hottest of the sensors that the kernel shows, where systeminformation finds none. */
async function hottest(): Promise<number | null> {
  const zones = await namesIn('/sys/class/thermal', /^thermal_zone/);
  const degrees = await Promise.all(zones.map(async (zone) => degreesOf(await textOf(`/sys/class/thermal/${zone}/temp`))));
  return degrees.reduce<number | null>((top, one) => (one === null ? top : Math.max(one, top ?? one)), null);
}

class Thermometer {
  #degrees: number | null = null;
  #readAtMs = Number.NEGATIVE_INFINITY;

  /** As it was 15 s ago at most, degrees Celsius; null where there is no sensor. */
  async read(): Promise<number | null> {
    if (performance.now() - this.#readAtMs < HEAT_EVERY_MS) return this.#degrees;
    this.#readAtMs = performance.now();
    const { main } = await cpuTemperature();
    this.#degrees = typeof main === 'number' && main > 0 ? main : await hottest();
    return this.#degrees;
  }
}

async function clockErrorMs(): Promise<number | null> {
  // Most machines of a school have chrony; without it the school's own server is asked elsewhere.
  return run('chronyc', ['-n', '-c', 'tracking'], { timeout: CHRONYC_MS }).then(({ stdout }) => clockErrorMsOf(stdout), () => null);
}

/** A process of its own because reading sensors can block for seconds, once for 90 s: nobody waits for it. */
await runService('machine', async (signal) => {
  const { disk = '/' } = parseArgs({ options: { disk: { type: 'string' } } }).values;
  const disks = await namesIn('/sys/block', DISK);
  const throttles = ['core', 'package'].map((part) => `/sys/devices/system/cpu/cpu0/thermal_throttle/${part}_throttle_count`);
  const thermometer = new Thermometer();
  const [diskErrors, networkErrors] = [new Growth(), new Growth()];
  let before = { busyMs: await busiestMs(disks), atMs: performance.now() };
  while (!signal.aborted) {
    const [load, memory, temperatureC, space, busyMs, network] = await Promise.all([
      currentLoad(), mem(), thermometer.read(), statfs(disk), busiestMs(disks), textOf('/proc/net/dev'),
    ]);
    const now = { busyMs, atMs: performance.now() };
    process.send?.({
      cpuPercent: load.currentLoad,
      memoryFreeBytes: memory.available,
      memoryTotalBytes: memory.total,
      diskFreeBytes: space.bavail * space.bsize,
      temperatureC,
      uptimeSeconds: time().uptime,
      diskBusyPercent: Math.min(100, Math.max(0, (100 * (now.busyMs - before.busyMs)) / Math.max(1, now.atMs - before.atMs))),
      diskErrors: diskErrors.add(await readDiskErrors()),
      networkErrors: networkErrors.add(networkErrorsOf(network)),
      throttled: await sumOf(throttles, (text) => Number(text.trim()) || 0),
      clockErrorMs: await clockErrorMs(),
    } satisfies MachineFigures);
    before = now;
    await sleep(EVERY_MS, signal);
  }
});

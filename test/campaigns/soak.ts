import { readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { callApi } from '../demo/api.ts';
import { openBrowser, visit } from '../product/browser.ts';
import { eventually } from '../product/eventually.ts';
import { startProduct, type Product } from '../product/product.ts';
import { RoomBox } from '../product/room-box.ts';
import { viewerSync } from '../product/viewer-sync.ts';
import { WatchProbe } from '../product/watch-probe.ts';
import { readSync } from '../reading/sync.ts';
import type { Campaign } from './campaign.ts';
import { INSPECTABLE, openInspector } from './inspector.ts';
import { residentByProcess } from './memory.ts';
import { slopeError, slopePerHour, type Sample } from './slope.ts';

/** A full collection stops a service for a moment: seldom. */
const EVERY_MS = 120_000;
/** Caches fill and heaps find their size first. */
const WARM_UP = 0.25;
/** More than noise, less than what would fill a box's memory within a term; garbage that lies about is not in it. */
const SLOPE_MAX_MB_PER_HOUR = 20;
const WORTH_TELLING_MB = 2;
/** A cheap crystal: 0.72 s an hour. */
const MICROPHONE_PPM = 200;
const SYNC_MAX_MS = 20;
/** A browser brings the sound of a page that was just opened from 0.1 s behind its picture to it in half a minute. */
const SETTLED_MS = 40_000;
/** Whatever the length. */
const SEEKABLE_MAX_SECONDS = 10;
const SERVICES = ['appliance', 'edge', 'campus'] as const;
const MINUTE_MS = 60_000;
const MFRO_BYTES = 16;

/**
 * One class of `count` minutes in the simulated room, whose microphone has a clock of its own: the memory of each service and what runs
 * below it, and whether it grows; and how far sound and picture are apart after a minute and at the end, at a student and in the recording.
 */
export const soak: Campaign = async ({ count, say }) => {
  const product = await startProduct({ nodeOptions: INSPECTABLE });
  const browser = await openBrowser();
  try {
    return await longClass({ product, browser, box: new RoomBox(product.demo) }, count, say);
  } finally {
    await browser.close();
    await product.stop();
  }
};

interface Stage {
  readonly product: Product;
  readonly browser: Browser;
  readonly box: RoomBox;
}
type Say = (words: string) => void;

async function longClass({ product, browser, box }: Stage, minutes: number, say: Say): Promise<string[]> {
  await callApi(`${product.demo.simulators.control}/faults`, { method: 'POST', body: { microphonePpm: MICROPHONE_PPM } });
  await box.start('A long class');
  const live = await box.until('the class to be recorded and seen', ({ recording, stream }) => recording.proven && stream.seenAtEdge);
  const beganMs = performance.now();
  const leftMs = (): number => beganMs + minutes * MINUTE_MS - performance.now();
  await delay(MINUTE_MS);
  const broken = await syncAtStudent('after a minute', { product, browser }, say);
  const memory = await Promise.all(SERVICES.map((service) => watchMemory(product, service)));
  while (leftMs() > MINUTE_MS) {
    await delay(Math.min(EVERY_MS, leftMs() - MINUTE_MS));
    for (const watched of memory) await watched.look((performance.now() - beganMs) / 3_600_000);
  }
  for (const watched of memory) broken.push(...watched.growth(say));
  broken.push(...(await syncAtStudent('at the end', { product, browser }, say)));
  const { recording, sound } = await box.state();
  say(`${recording.gaps.length} gaps; drift shown: ${sound.sources.map(({ id, driftPpm }) => `${id} ${driftPpm ?? '?'} ppm`).join(', ')}`);
  const endedAt = performance.now();
  await box.stop();
  const part = join(product.demo.dirs.recordings, live.recording.id ?? '', 'part-000.mp4');
  await eventually('the recording to have its index', () => endsWithIndex(part));
  broken.push(...seekable((performance.now() - endedAt) / 1_000, say));
  await box.until('the class to end', ({ lesson }) => lesson.phase === 'idle');
  broken.push(...(await syncInRecording(part, minutes, say)), ...recording.gaps.map(({ reason }) => `a gap: ${reason}`));
  return broken;
}

async function syncAtStudent(when: string, { product, browser }: Pick<Stage, 'product' | 'browser'>, say: Say): Promise<string[]> {
  const page = await visit(browser, product.demo.students.paid.watchUrl);
  const probe = new WatchProbe(page);
  try {
    await probe.plays('the student', { frames: 75, timeoutMs: 60_000 });
    await delay(SETTLED_MS);
    return judged(`at a student ${when}`, (await viewerSync(probe)).offsetMs, say);
  } catch (error) {
    // What was measured in an hour is told whatever a page does at its end.
    return [`at a student ${when}: ${(error as Error).message}, playing by ${await probe.transport()}`];
  } finally {
    await page.context().close();
  }
}

/** The first minute, and the last. */
async function syncInRecording(part: string, minutes: number, say: Say): Promise<string[]> {
  const first = await readSync(part, { fromSeconds: 0, seconds: 60 });
  const last = await readSync(part, { fromSeconds: (minutes - 1) * 60, seconds: 60 });
  return [...judged('in the first minute recorded', first.offsetMs, say), ...judged('in the last minute recorded', last.offsetMs, say)];
}

function judged(where: string, offsetMs: number, say: Say): string[] {
  say(`${where}, sound ${Math.round(offsetMs)} ms after picture`);
  return Math.abs(offsetMs) <= SYNC_MAX_MS ? [] : [`${where}, sound and picture are ${Math.round(offsetMs)} ms apart`];
}

/** The table of where fragments begin ends the file, and its own last box says how long it is (`mfro`, ISO/IEC 14496-12 section 8.8.11). */
async function endsWithIndex(part: string): Promise<boolean> {
  await using file = await open(part);
  const { size } = await file.stat();
  const { buffer } = await file.read(Buffer.alloc(MFRO_BYTES), 0, MFRO_BYTES, Math.max(0, size - MFRO_BYTES));
  return buffer.toString('latin1', 4, 8) === 'mfro';
}

function seekable(seconds: number, say: Say): string[] {
  say(`seekable ${seconds.toFixed(1)} s after End`);
  return seconds <= SEEKABLE_MAX_SECONDS ? [] : [`the recording was seekable only ${seconds.toFixed(1)} s after End`];
}

interface WatchedMemory {
  look(hours: number): Promise<void>;
  /** What grows, if anything. */
  growth(say: Say): string[];
}

/** What a service holds on to, and what it and all that runs below it have of the machine just after its garbage was collected. */
async function watchMemory(product: Product, service: (typeof SERVICES)[number]): Promise<WatchedMemory> {
  const pid = product.pidOf(service);
  process.kill(pid, 'SIGUSR1');
  const inspector = await openInspector(() => product.said(service));
  const [reachable, resident, processes]: [Sample[], Sample[], ReadonlyMap<number, number>[]] = [[], [], []];
  return {
    look: async (hours) => {
      reachable.push({ hours, megabytes: await inspector.liveMegabytes() });
      const all = residentByProcess(pid);
      processes.push(all);
      resident.push({ hours, megabytes: [...all.values()].reduce((sum, megabytes) => sum + megabytes, 0) });
    },
    growth: (say) => {
      inspector.close();
      const broken = [...grows(`what ${service} holds on to`, reachable, say), ...grows(`the memory of ${service} and what runs below it`, resident, say)];
      for (const words of whoGrew(settledOf(processes), product.demo.pidDir)) say(words);
      return broken;
    },
  };
}

/** The processes below a service that have more of the machine at the end than when all had settled, by the names of their pid files. */
function whoGrew(samples: readonly ReadonlyMap<number, number>[], pidDir: string): string[] {
  const [first, last] = [samples[0], samples.at(-1)];
  const names = new Map(readdirSync(pidDir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.pid')).map((file) => [Number(readFileSync(join(pidDir, file), 'utf8')), basename(file, '.pid')]));
  return [...(last ?? [])].flatMap(([pid, megabytes]) => {
    const grown = megabytes - (first?.get(pid) ?? 0);
    return grown < WORTH_TELLING_MB ? [] : [`  of it ${names.get(pid) ?? pid}: ${grown.toFixed(1)} MB more`];
  });
}

function settledOf<T>(samples: readonly T[]): readonly T[] {
  return samples.slice(Math.floor(samples.length * WARM_UP));
}

function grows(what: string, samples: readonly Sample[], say: Say): string[] {
  const settled = settledOf(samples);
  if (settled.length < 2) return [];
  const [slope, error] = [slopePerHour(settled), slopeError(settled)];
  const told = `${slope.toFixed(1)} MB an hour (give or take ${(2 * error).toFixed(1)})`;
  say(`${what}: ${settled[0]?.megabytes.toFixed(0)} MB, then ${settled.at(-1)?.megabytes.toFixed(0)} MB: ${told}`);
  return slope > SLOPE_MAX_MB_PER_HOUR ? [`${what} grows by ${told}`] : [];
}

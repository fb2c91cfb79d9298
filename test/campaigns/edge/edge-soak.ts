import { setTimeout as delay } from 'node:timers/promises';
import { randomFrom } from '#kit/testing/random.ts';
import type { Campaign, CampaignOptions } from '../campaign.ts';
import { INSPECTABLE, type Inspector, openInspector } from '../inspector.ts';
import { residentMegabytes } from '../memory.ts';
import { type Sample as MemorySample, slopeError, slopePerHour } from '../slope.ts';
import { type LoneEdge, openLoneEdge } from './lone-edge.ts';
import { population, type PopulationOptions } from './population.ts';
import { whipPublisher } from './publishers.ts';
import { descriptorsOf } from './toll.ts';

const ROOM = 'room-1';
const PLACES: PopulationOptions['places'] = { whep: 60, hls: 20, flv: 20, events: 40 };
const EVERY_MS = 15_000;
/** A full collection stops the edge for a moment: not at every look. */
const COLLECTED_EVERY = 2;
const MINUTE_MS = 60_000;
/** Everybody has come, and the first have gone and been followed, before anything counts. */
const WARM_UP_MS = 3 * MINUTE_MS;
/** A publisher that connects anew every few minutes. */
const RECONNECTS_MS = 3 * MINUTE_MS;
/** More than this, and more than who is there just now can explain. */
const LIVE_MAX_MB_PER_HOUR = 20;
const DESCRIPTORS_MORE = 25;

interface Sample {
  readonly hours: number;
  readonly resident: number;
  readonly live: number | null;
  readonly descriptors: number;
}

/** `count` minutes of one class whose students come and go: whether the edge keeps anything of those who have left. */
export const edgeSoak: Campaign = async (options) => await soakWith(options, PLACES, { everyMs: EVERY_MS, warmUpMs: Math.min(WARM_UP_MS, (options.count * MINUTE_MS) / 4) });

export interface SoakPace {
  readonly everyMs: number;
  /** What is held is judged after this, where at all: the window of HLS alone takes more than a minute to fill. */
  readonly warmUpMs: number;
  readonly stays?: NonNullable<PopulationOptions['stays']>;
}

export async function soakWith({ count, seed, say }: CampaignOptions, places: PopulationOptions['places'], { everyMs, warmUpMs, stays }: SoakPace): Promise<string[]> {
  const random = randomFrom(seed);
  const edge = await openLoneEdge({ nodeOptions: INSPECTABLE });
  const publisher = whipPublisher(edge, ROOM);
  const people = population({ edge, room: ROOM, random, places, ...(stays === undefined ? {} : { stays }) });
  const stop = new AbortController();
  let watching: Promise<void> = Promise.resolve();
  try {
    publisher.begin();
    watching = people.run(stop.signal);
    await edge.signal('edge', 'SIGUSR1');
    const inspector = await openInspector(() => edge.words());
    const samples: Sample[] = [];
    const broken: string[] = [];
    const [beganMs, pid] = [performance.now(), edge.pidOf('edge')];
    const atMs = (): number => performance.now() - beganMs;
    let reconnectAtMs = RECONNECTS_MS;
    for (let round = 1; atMs() < count * MINUTE_MS; round += 1) {
      await delay(everyMs);
      if (atMs() > reconnectAtMs) {
        await publisher.kill();
        publisher.begin();
        reconnectAtMs += RECONNECTS_MS;
      }
      const sample = await sampled(edge, inspector, { hours: atMs() / 3_600_000, collects: round % COLLECTED_EVERY === 0 });
      if (atMs() > warmUpMs) samples.push(sample);
      broken.push(...told(sample, people.tally(), say));
    }
    if (edge.pidOf('edge') !== pid) broken.push('the edge was restarted');
    inspector.close();
    return [...broken, ...growth(samples, say)];
  } finally {
    stop.abort();
    await watching;
    await publisher.kill();
    await edge.close();
  }
}

async function sampled(edge: LoneEdge, inspector: Inspector, { hours, collects }: { readonly hours: number; readonly collects: boolean }): Promise<Sample> {
  const pid = edge.pidOf('edge');
  const live = collects ? await inspector.liveMegabytes() : null;
  return { hours, resident: residentMegabytes(pid), live, descriptors: descriptorsOf(pid) };
}

function told({ hours, resident, live, descriptors }: Sample, { came, inVain, faults }: ReturnType<ReturnType<typeof population>['tally']>, say: CampaignOptions['say']): string[] {
  const reachable = live === null ? '' : `, ${live.toFixed(1)} MB reachable`;
  say(`${(hours * 60).toFixed(1)} min: ${came} came, ${inVain.length} in vain; ${resident.toFixed()} MB resident with children${reachable}, ${descriptors} descriptors`);
  for (const words of inVain) say(`  ${words}`);
  return [...inVain, ...faults];
}

function growth(samples: readonly Sample[], say: CampaignOptions['say']): string[] {
  if (samples.length < 3) return [];
  const line = (of: (sample: Sample) => number | null): { readonly slope: number; readonly error: number } => {
    const points = samples.flatMap((sample): MemorySample[] => {
      const megabytes = of(sample);
      return megabytes === null ? [] : [{ hours: sample.hours, megabytes }];
    });
    return { slope: slopePerHour(points), error: slopeError(points) };
  };
  const [resident, live, descriptors] = [line((sample) => sample.resident), line((sample) => sample.live), line((sample) => sample.descriptors)];
  const told = ({ slope, error }: typeof live): string => `${slope.toFixed(1)} (give or take ${(2 * error).toFixed(1)})`;
  const hours = (samples.at(-1)?.hours ?? 0) - (samples[0]?.hours ?? 0);
  say(`over ${(hours * 60).toFixed(1)} min, an hour: resident ${told(resident)} MB, reachable ${told(live)} MB, descriptors ${told(descriptors)}`);
  return [
    ...(live.slope - 2 * live.error > LIVE_MAX_MB_PER_HOUR ? [`what the edge holds on to grows by ${told(live)} MB an hour`] : []),
    ...((descriptors.slope - 2 * descriptors.error) * hours > DESCRIPTORS_MORE ? [`descriptors grow by ${told(descriptors)} an hour`] : []),
  ];
}

import { sleep } from '#kit/process/supervisor.ts';
import type { Random } from '#kit/testing/random.ts';
import { attendant } from './attendant.ts';
import { flvViewer } from './flv-viewer.ts';
import { hlsViewer } from './hls-viewer.ts';
import type { LoneEdge, RoomName } from './lone-edge.ts';
import type { LightViewer, Ticket } from './viewer.ts';
import { whepViewer } from './whep-viewer.ts';

export type Kind = 'whep' | 'hls' | 'flv' | 'events';

export interface PopulationOptions {
  readonly edge: LoneEdge;
  readonly room: RoomName;
  readonly random: Random;
  /** At one time. */
  readonly places: Readonly<Record<Kind, number>>;
  /** How long one stays once there is a picture, ms: at least, and up to so much longer. */
  readonly stays?: { readonly leastMs: number; readonly spreadMs: number };
}

export interface Population {
  /** Since this was last asked: who came, who left without having seen a picture, and what was wrong. */
  tally(): { readonly came: number; readonly inVain: readonly string[]; readonly faults: readonly string[] };
  /** Resolves when all have left. */
  run(signal: AbortSignal): Promise<void>;
}

const STAYS = { leastMs: 10_000, spreadMs: 110_000 };
/** Nobody waits longer for a first picture. */
const GIVES_UP_MS = 60_000;
const LOOK_MS = 250;
/** Of a class that talks, how many say something in a given half second. */
const TALKS = 0.02;

/** Places that one student after the other takes for some time; half of those who leave say nothing. */
export function population({ edge, room, random, places, stays = STAYS }: PopulationOptions): Population {
  let [came, inVain, faults]: [number, string[], string[]] = [0, [], []];
  const make: Record<Kind, (ticket: Ticket) => LightViewer> = {
    whep: (ticket) => whepViewer(ticket, { saysGoodbye: () => random() < 0.5 }),
    hls: hlsViewer,
    flv: flvViewer,
    events: (ticket) => attendant(ticket, { chat: () => (random() < TALKS ? 'What does that sign mean?' : null) }),
  };
  const take = async (kind: Kind, ticket: Ticket, signal: AbortSignal): Promise<void> => {
    await sleep(random() * stays.leastMs, signal);
    while (!signal.aborted) {
      const viewer = make[kind](ticket);
      came += 1;
      await visit(viewer, stays.leastMs + random() * stays.spreadMs, signal);
      if (!signal.aborted && viewer.watch.pictures === 0) inVain.push(`${viewer.name} saw nothing: ${viewer.watch.lastWords}`);
      faults.push(...viewer.watch.faults().map((words) => `${viewer.name} got ${words}`));
    }
  };
  const run = async (signal: AbortSignal): Promise<void> => {
    const all = Object.entries(places) as [Kind, number][];
    await Promise.all(all.flatMap(([kind, count]) => Array.from({ length: count }, async (_, at) => {
      const session = await edge.student(`${kind}-${at}`, [room]);
      await take(kind, { url: edge.url, room, session }, signal);
    })));
  };
  return {
    run,
    tally: () => {
      const tally = { came, inVain, faults };
      [came, inVain, faults] = [0, [], []];
      return tally;
    },
  };
}

/** From its coming until it has had pictures for so long, or has waited for one in vain. */
async function visit(viewer: LightViewer, staysMs: number, signal: AbortSignal): Promise<void> {
  const leaves = new AbortController();
  const cameMs = performance.now();
  let playsMs: number | null = null;
  const looking = setInterval(() => {
    const nowMs = performance.now();
    if (viewer.watch.pictures > 0) playsMs ??= nowMs;
    if (signal.aborted || (playsMs === null ? nowMs - cameMs > GIVES_UP_MS : nowMs - playsMs > staysMs)) leaves.abort();
  }, LOOK_MS);
  await viewer.run(leaves.signal);
  clearInterval(looking);
}

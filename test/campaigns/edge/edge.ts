import { setTimeout as delay } from 'node:timers/promises';
import { randomFrom } from '#kit/testing/random.ts';
import type { Campaign, CampaignOptions } from '../campaign.ts';
import { inTurn } from '../in-turn.ts';
import { middleAndWorst } from '../recoveries.ts';
import { type Blow, strike } from './blow.ts';
import type { EdgeFault } from './fault.ts';
import { HTTP_ATTACKS } from './http-attacks.ts';
import { PROCESS_FAULTS } from './process-faults.ts';
import { PUBLISHER_FAULTS } from './publisher-faults.ts';
import { SOCKET_ATTACKS } from './socket-attacks.ts';
import { openStage } from './stage.ts';
import { UDP_ATTACKS } from './udp-attacks.ts';

const FAULTS: readonly EdgeFault[] = [...PROCESS_FAULTS, ...PUBLISHER_FAULTS, ...HTTP_ATTACKS, ...SOCKET_ATTACKS, ...UDP_ATTACKS];
/** Faults come at any point of a segment and of what a recovery leaves to do. */
const CALM_MS = 1_500;

/**
 * An edge with a class by WHIP and one by RTMP, viewers by every protocol in both, and `count` faults at random instants: each time, how long until
 * everybody played again by themselves and what was lost; whether a time was wrong, a stranger was let in or sent more than was received from it.
 */
export const edgeFaults: Campaign = async (options) => await underFire(options, FAULTS);

/** Those that are over in seconds, once each. */
export const shortEdgeFaults = async ({ seed, say }: Omit<CampaignOptions, 'count'>): Promise<string[]> => {
  const short = FAULTS.filter(({ isShort }) => isShort === true);
  return await underFire({ count: short.length, seed, say }, short);
};

async function underFire({ count, seed, say }: CampaignOptions, faults: readonly EdgeFault[]): Promise<string[]> {
  const random = randomFrom(seed);
  const stage = await openStage();
  const blows: Blow[] = [];
  try {
    const coming = inTurn(faults, random);
    for (let round = 1; round <= count; round++) {
      await delay(random() * CALM_MS);
      const blow = await strike(stage, coming.next().value, random);
      blows.push(blow);
      const { fault, wellAfterMs, lost, stood, broken } = blow;
      say(`${round}/${count} ${fault.name}: well after ${Math.round(wellAfterMs)} ms; lost ${Math.round(lost.ms)} ms (${lost.viewer}), stood ${Math.round(stood.ms)} ms (${stood.viewer})`);
      for (const words of broken) say(`  BROKEN: ${words}`);
    }
  } finally {
    await stage.close();
  }
  tellRecoveries(blows, say);
  return blows.flatMap(({ fault, broken }) => broken.map((words) => `${fault.name}: ${words}`));
}

function tellRecoveries(blows: readonly Blow[], say: CampaignOptions['say']): void {
  for (const [name, of] of Map.groupBy(blows, ({ fault }) => fault.name)) {
    say(`${name}: ${of.length} times, well after ${middleAndWorst(of.map(({ wellAfterMs }) => wellAfterMs))}; lost ${middleAndWorst(of.map(({ lost }) => lost.ms))}`);
  }
}

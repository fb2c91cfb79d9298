import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { State } from '#appliance/contract/state.ts';
import { examineRecording, type Examined } from './examine.ts';
import { faultsFor, type Fault } from './faults.ts';
import { watchLight } from './light-watch.ts';
import { openLoneBox, type LoneBox } from './lone-box.ts';
import { middleAndWorst } from './recoveries.ts';
import { randomFrom } from '#kit/testing/random.ts';
import type { Campaign, CampaignOptions } from './campaign.ts';

const RECOVERY_MS = 30_000;
/** Faults come at any point of a fragment and of what a recovery leaves to do. */
const CALM_MS = 1_500;
const everySourceIsBack = ({ sources }: State): boolean => sources.every(({ signal }) => signal === 'ok');
const isWell = ({ lesson, recording }: State): boolean => lesson.phase === 'live' && recording.active && recording.proven;

/**
 * One class through `count` faults at random instants: each time, how long until it was recorded and proven again and what was lost;
 * at the end, whether the recording on the disk is whole but for its stated gaps, and whether the light ever lied.
 */
export const boxFaults: Campaign = async (options) => {
  const box = await openLoneBox();
  try {
    if (box.disk === null) options.say('This system allows no mount: the disk is left in peace.');
    return await classUnderFire(box, options);
  } finally {
    await box.close();
  }
};

interface Blow {
  readonly fault: Fault;
  readonly struckAtMs: number;
  /** Until the class was recorded and proven again with every source back. */
  readonly wellAfterMs: number;
}

async function classUnderFire(box: LoneBox, { count, seed, say }: CampaignOptions): Promise<string[]> {
  const random = randomFrom(seed);
  await box.until('the program to run', ({ encoder }) => encoder.fps > 0);
  const { lesson } = await box.post('lesson/start', { title: 'Under fire' });
  const first = await box.until('a proven recording', isWell);
  const watching = new AbortController();
  const light = watchLight(box, watching.signal);
  const blows: Blow[] = [];
  const failures: string[] = [];
  try {
    const faults = faultsFor(box, random);
    for (let round = 1; round <= count; round++) {
      await delay(random() * CALM_MS);
      const { blow, after } = await strike(box, faults.next().value);
      say(`${round}/${count} ${blow.fault.name} at ${new Date(blow.struckAtMs).toISOString()}: well after ${Math.round(blow.wellAfterMs)} ms`);
      if (after.lesson.id !== lesson.id) failures.push(`after ${blow.fault.name} another class ran`);
      blows.push(blow);
    }
  } finally {
    watching.abort();
    failures.push(...(await light));
  }
  const during = { fromMs: Date.parse(first.recording.lastFragmentAt ?? ''), toMs: Date.now() };
  const { recording } = await box.post('lesson/stop');
  await box.until('the class to end', ({ lesson: { phase } }) => phase === 'idle');
  const examined = await examineRecording(join(box.recordingsDir, recording.id ?? ''), during);
  tellRecoveries(blows, say);
  return [...failures, ...examined.faults, ...tellLosses(blows, examined, say)];
}

async function strike(box: LoneBox, fault: Fault): Promise<{ blow: Blow; after: State }> {
  const [struckAt, struckAtMs] = [performance.now(), Date.now()];
  await fault.strike(box);
  const isWellAgain = (state: State): boolean => isWell(state) && everySourceIsBack(state) && Date.parse(state.recording.lastFragmentAt ?? '') > Math.max(struckAtMs, Date.now() - 2_000);
  const after = await box.until(`well again after: ${fault.name}`, isWellAgain, { timeoutMs: RECOVERY_MS });
  return { blow: { fault, struckAtMs, wellAfterMs: performance.now() - struckAt }, after };
}

/** How long each kind took until the class was recorded and proven again with every source back; a frozen process or a full disk stays so for 2.5 s of it. */
function tellRecoveries(blows: readonly Blow[], say: CampaignOptions['say']): void {
  for (const [name, of] of Map.groupBy(blows, ({ fault }) => fault.name)) {
    say(`${name}: ${of.length} times, well after ${middleAndWorst(of.map(({ wellAfterMs }) => wellAfterMs))}`);
  }
}

/** What each fault cost; a fault of a source alone must have cost nothing. */
function tellLosses(blows: readonly Blow[], { gaps, parts, recordedMs }: Examined, say: CampaignOptions['say']): string[] {
  say(`${(recordedMs / 1000).toFixed(1)} s recorded in ${parts} parts; ${gaps.length} stated gaps`);
  return blows.flatMap(({ fault, struckAtMs }, index) => {
    const nextMs = blows[index + 1]?.struckAtMs ?? Infinity;
    const lostMs = gaps.filter(({ toMs }) => toMs > struckAtMs && toMs <= nextMs).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    if (lostMs > 0) say(`${fault.name}: ${Math.round(lostMs)} ms lost and stated`);
    return lostMs > 0 && fault.spares === 'program' ? [`${fault.name} cost the program ${Math.round(lostMs)} ms`] : [];
  });
}

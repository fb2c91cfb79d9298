import { monitorEventLoopDelay } from 'node:perf_hooks';
import { reasonOf } from '#kit/process/errors.ts';
import type { Random } from '#kit/testing/random.ts';
import type { EdgeFault } from './fault.ts';
import { doorsLeftOpen } from './outsiders.ts';
import { allPlay, type EdgeStage } from './stage.ts';
import { tollKept, tollOf } from './toll.ts';

/** What one fault did. */
export interface Blow {
  readonly fault: EdgeFault;
  /** From the end of the harm until everybody had pictures captured after it. */
  readonly wellAfterMs: number;
  /** The longest piece of the class that never came, and the longest wait, of those who were hit most. */
  readonly lost: { readonly viewer: string; readonly ms: number };
  readonly stood: { readonly viewer: string; readonly ms: number };
  /** Promises broken. */
  readonly broken: readonly string[];
}

/** A machine with other things to do takes long to start a process. */
const RECOVERY_MS = 90_000;
/** Where this process stood still for so long, what viewers missed says nothing of the edge. */
const STOOD_STILL_MS = 2_000;

/** Strikes once, waits until everybody plays again, and asks what was promised. */
export async function strike(stage: EdgeStage, fault: EdgeFault, random: Random): Promise<Blow> {
  const { viewers, edge } = stage;
  const before = tollOf(edge);
  const sittings = viewers.map(({ watch }) => watch.sittings);
  for (const { watch } of viewers) watch.losses();
  const late = monitorEventLoopDelay();
  late.enable();
  const broken = await fault.strike(stage, random).catch((error: unknown) => [`it could not be done: ${reasonOf(error)}`]);
  const [overAt, overAtMs] = [performance.now(), Date.now()];
  await allPlay(viewers, overAtMs, RECOVERY_MS).catch((error: unknown) => broken.push(reasonOf(error)));
  const wellAfterMs = performance.now() - overAt;
  late.disable();
  const isJudged = late.max / 1e6 < STOOD_STILL_MS;
  const losses = viewers.map(({ name, watch }) => ({ viewer: name, ...watch.losses() }));
  broken.push(
    ...viewers.flatMap((viewer, at) => (isJudged && fault.spares(viewer) && viewer.watch.sittings !== sittings[at] ? [`${viewer.name} lost its connection: ${viewer.watch.lastWords}`] : [])),
    ...viewers.flatMap(({ name, watch }) => watch.faults().map((words) => `${name} got ${words}`)),
    ...(await doorsLeftOpen(stage)),
    ...(await tollKept(edge, before)),
  );
  const worst = (of: (loss: (typeof losses)[number]) => number) => losses.map((loss) => ({ viewer: loss.viewer, ms: of(loss) })).reduce((one, other) => (other.ms > one.ms ? other : one));
  return { fault, wellAfterMs, lost: worst(({ lostMs }) => lostMs), stood: worst(({ stoodMs }) => stoodMs), broken };
}

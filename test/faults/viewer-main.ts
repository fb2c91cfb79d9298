/** `node test/faults/viewer-main.ts [SECONDS] [SEED]`: what a student's browser shows behind a line with faults. One JSON line a case. */
import { openViewerStage, standing, type ViewerStage } from './viewer-stage.ts';
import { PERFECT, type UdpFaults } from './udp-faults.ts';

const SECONDS = Number(process.argv[2] ?? 60);
const HOME: Partial<UdpFaults['down']> = { rateBps: 3_000_000, queueMs: 300, delayMs: 10 };
const pass = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

const stage = await openViewerStage(Number(process.argv[3] ?? 1));
await pass(3);
await measured('a perfect line', SECONDS / 4, {});
await measured('5 % random loss, both ways', SECONDS, { loss: 0.05 });
for (let round = 0; round < 3; round += 1) await cutAndBack(stage);
await stage.close();

async function measured(name: string, seconds: number, faults: Partial<typeof PERFECT>): Promise<void> {
  Object.assign(stage.line.up, PERFECT, faults);
  Object.assign(stage.line.down, PERFECT, faults);
  await pass(2);
  const [sinceMs, before] = [Date.now(), await stage.counted()];
  await pass(seconds);
  const after = await stage.counted();
  say({ case: name, seconds, width: await stage.width(), ...standing(await stage.shown(), sinceMs, Date.now()), browser: { freezes: after.freezes - before.freezes, frozenS: after.frozenS - before.frozenS, concealedShare: after.concealedShare } });
}

/** From 3 Mbps to 600 kbps and back, as a home's line that others begin to use. */
async function cutAndBack({ line }: ViewerStage): Promise<void> {
  Object.assign(line.up, PERFECT);
  Object.assign(line.down, PERFECT, HOME);
  await afterMs(Date.now(), (width) => width === 1280);
  await pass(3);
  const cutAtMs = Date.now();
  line.down.rateBps = 600_000;
  const lowAfterMs = await afterMs(cutAtMs, (width) => width === 640);
  await pass(1);
  say({ case: '600 kbps: until the smaller picture', lowAfterMs, ...standing(await stage.shown(), cutAtMs, cutAtMs + lowAfterMs) });
  const settledMs = Date.now();
  await pass(SECONDS / 4);
  say({ case: '600 kbps: afterwards', ...standing(await stage.shown(), settledMs, Date.now()), ...(await stage.counted()) });
  const backAtMs = Date.now();
  line.down.rateBps = 3_000_000;
  const highAfterMs = await afterMs(backAtMs, (width) => width === 1280);
  await pass(3);
  say({ case: 'the line is back', highAfterMs, ...standing(await stage.shown(), backAtMs, Date.now()) });
}

async function afterMs(sinceMs: number, reached: (width: number) => boolean): Promise<number> {
  while (!reached(await stage.width())) {
    if (Date.now() - sinceMs > 90_000) return Infinity;
    await pass(0.02);
  }
  return Date.now() - sinceMs;
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** `node test/faults/uplink-main.ts [SECONDS]`: what a viewer sees of a class whose uplink has faults. One JSON line a case. */
import { openUplinkStage, type UplinkStage } from './uplink-stage.ts';
import { PERFECT } from './udp-faults.ts';

const SECONDS = Number(process.argv[2] ?? 60);
const pass = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

const stage = await openUplinkStage(Number(process.argv[3] ?? 1));
await pass(3);
await measured('a perfect line', SECONDS / 4, {});
await measured('5 % loss and 100 ms of jitter, both ways', SECONDS, { loss: 0.05, jitterMs: 100 });
await cutAndBack(stage);
await stage.close();

async function measured(name: string, seconds: number, faults: Partial<typeof PERFECT>): Promise<void> {
  Object.assign(stage.line.up, PERFECT, faults);
  Object.assign(stage.line.down, PERFECT, faults);
  await pass(2);
  const [sinceMs, cpu, sent] = [Date.now(), process.cpuUsage(), stage.line.passed.up];
  await pass(seconds);
  const used = process.cpuUsage(cpu);
  const { way } = stage.uplink.facts();
  say({ case: name, seconds, ...stage.watch.freezes(sinceMs), way, cpuUsPerPacket: Math.round((used.user + used.system) / (stage.line.passed.up - sent)) });
  Object.assign(stage.line.up, PERFECT);
  Object.assign(stage.line.down, PERFECT);
}

async function cutAndBack({ line, uplink, watch }: UplinkStage): Promise<void> {
  const cutAtMs = Date.now();
  Object.assign(line.up, { rateBps: 800_000, queueMs: 500 });
  const lowAfterMs = await afterMs(cutAtMs, () => uplink.facts().way.layers.length === 1);
  await pass(5);
  say({ case: '800 kbps: the first five seconds', lowAfterMs, ...watch.freezes(cutAtMs, cutAtMs + 5000), way: uplink.facts().way });
  const settledMs = Date.now();
  await pass(SECONDS / 4);
  say({ case: '800 kbps: afterwards', ...watch.freezes(settledMs), way: uplink.facts().way });
  const backAtMs = Date.now();
  Object.assign(line.up, PERFECT);
  const highAfterMs = await afterMs(backAtMs, () => uplink.facts().way.layers.length === 2);
  await pass(3);
  say({ case: 'the line is back', highAfterMs, ...watch.freezes(backAtMs), way: uplink.facts().way });
}

async function afterMs(sinceMs: number, reached: () => boolean): Promise<number> {
  while (!reached()) {
    if (Date.now() - sinceMs > 60_000) return Infinity;
    await pass(0.02);
  }
  return Date.now() - sinceMs;
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { until } from '#edge-relay/testing/edge.ts';
import { openUplinkStage, type UplinkStage } from './uplink-stage.ts';
import { PERFECT } from './udp-faults.ts';

/** The long campaign with the figures is `uplink-main.ts`; this short piece holds what a busy machine can't spoil. */
let stage: UplinkStage;
beforeAll(async () => {
  stage = await openUplinkStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.line.blackout = false;
  Object.assign(stage.line.up, PERFECT);
  Object.assign(stage.line.down, PERFECT);
});

it('brings nearly every picture through 5 % loss and 100 ms of jitter', async () => {
  Object.assign(stage.line.up, { loss: 0.05, jitterMs: 100 });
  Object.assign(stage.line.down, { loss: 0.05, jitterMs: 100 });
  const [before, sinceMs] = [stage.watch.frames, Date.now()];
  await until(() => stage.watch.frames >= before + 200, 40_000);
  expect(Date.now() - sinceMs).toBeGreaterThan(6_000);
  expect(stage.uplink.facts()).toMatchObject({ protocol: 'whip' });
});

it('goes on at a lower rendition when the line is cut to 800 kbps', async () => {
  Object.assign(stage.line.up, { rateBps: 800_000, queueMs: 500 });
  await until(() => stage.uplink.facts().way.layers.join() === '360p', 30_000);
  const frames = stage.watch.frames;
  await until(() => stage.watch.frames > frames + 50, 30_000);
  await until(async () => (await stage.ingest()).layers.join() === '360p', 10_000);
  expect(stage.uplink.facts().protocol).toBe('whip');
});

it('goes on where a NAT on the way forgot the connection', async () => {
  const before = stage.watch.frames;
  stage.line.rebind();
  await until(() => stage.watch.frames > before + 100, 30_000);
  expect(stage.uplink.facts()).toMatchObject({ protocol: 'whip', way: { transport: 'udp' } });
});

it('goes over TCP when UDP is blocked in the middle of a class', async () => {
  stage.line.blackout = true;
  await until(() => stage.uplink.facts().way.transport === 'tcp', 40_000);
  const frames = stage.watch.frames;
  await until(() => stage.watch.frames > frames + 50, 30_000);
  expect(stage.uplink.facts().protocol).toBe('whip');
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '#edge-relay/testing/edge.ts';
import { openViewerStage, type ViewerStage } from './viewer-stage.ts';

/** The figures are `viewer-main.ts`'s; this short piece holds what a busy machine can't spoil. */
let stage: ViewerStage;
beforeAll(async () => {
  stage = await openViewerStage();
}, 120_000);
afterAll(() => stage.close());

it('goes on with the smaller picture in a browser whose line is cut to 600 kbps', async () => {
  Object.assign(stage.line.down, { rateBps: 600_000, queueMs: 300 });
  await until(async () => (await stage.width()) === 640, 60_000);
  const cutAt = (await stage.shown()).length;
  await until(async () => (await stage.shown()).slice(cutAt).filter(({ width }) => width === 640).length > 50, 60_000);
  expect(await stage.width()).toBe(640);
}, 150_000);

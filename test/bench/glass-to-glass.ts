import { setTimeout as delay } from 'node:timers/promises';
import { visit } from '../product/browser.ts';
import { medianDelayMs, WatchProbe } from '../product/watch-probe.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { cameraAloneArguments, sightingsOfCamera } from './camera-alone.ts';
import { onProduct, refuseTarget, type Stage } from './on-product.ts';
import type { Baseline } from './report.ts';

/** Each run is the median of this many frames, four seconds of picture. */
const FRAMES = 100;

const INTERVAL_WINDOW_MS = 5_000;
/** 24 frames a second. */
const LONGEST_INTERVAL_MS = 1000 / 24;
const CAMERA_INTERVAL: Baseline = { name: 'the camera makes 25 frames a second', command: null, raw: [40] };

const WAYS = {
  webrtc: { withoutWebRtc: false, warmUpFrames: 75, promise: { median: 250 } },
  /** hls.js approaches the live edge by playing faster: the first seconds are not what a class looks like. */
  hls: { withoutWebRtc: true, warmUpFrames: 250, promise: { median: 2_500 } },
} as const;

/** From the camera's clock in the picture to that picture on the student's page. The baseline is FFmpeg decoding the camera itself. */
export const glassToGlass: Bench = async function* (options) {
  refuseTarget(options, 'it reads the clock in the picture of its own camera.');
  await using stage = await onProduct(options);
  await stage.box.start();
  await stage.box.until('the class to be seen at the edge', ({ stream }) => stream.seenAtEdge);
  const baseline = await cameraAlone(stage, options.runs);
  for (const way of ['webrtc', 'hls'] as const) {
    const raw: number[] = [];
    for (let run = 0; run < options.runs; run++) {
      raw.push(await delayOf(stage, way));
      options.say(`${way}, run ${run + 1}: ${Math.round(raw.at(-1) ?? 0)} ms`);
    }
    yield { case: way, unit: 'ms', raw, baseline, promise: WAYS[way].promise };
  }
  yield { case: 'frame-interval', unit: 'ms', raw: await intervalsBesideThePanel(stage, options), baseline: CAMERA_INTERVAL, promise: { median: LONGEST_INTERVAL_MS } };
  await stage.box.rest();
};

/** How often a student's page shows a frame while the panel is open on the same machine: the mean over each five seconds. */
async function intervalsBesideThePanel({ browser, product }: Stage, { runs, say }: BenchOptions): Promise<number[]> {
  const panel = await visit(browser, product.demo.panel.url, { viewport: { width: 1280, height: 800 } });
  const page = await visit(browser, product.demo.students.paid.watchUrl);
  const probe = new WatchProbe(page);
  await probe.plays('the student', { frames: 75, timeoutMs: 60_000 });
  const raw: number[] = [];
  for (let run = 0; run < runs; run++) {
    const [before, beganAt] = [await probe.framesDecoded(), performance.now()];
    await delay(INTERVAL_WINDOW_MS);
    raw.push((performance.now() - beganAt) / ((await probe.framesDecoded()) - before));
    say(`frame interval, run ${run + 1}: ${(raw.at(-1) ?? 0).toFixed(1)} ms`);
  }
  await page.context().close();
  await panel.context().close();
  return raw;
}

async function delayOf({ browser, product }: Stage, way: keyof typeof WAYS): Promise<number> {
  const { withoutWebRtc, warmUpFrames } = WAYS[way];
  const page = await visit(browser, product.demo.students.paid.watchUrl, { withoutWebRtc });
  await page.locator(`video[data-transport=${way}]`).waitFor();
  const probe = new WatchProbe(page);
  await probe.plays('the student', { frames: warmUpFrames, timeoutMs: 60_000 });
  const delay = medianDelayMs(await probe.sightings(FRAMES));
  await page.context().close();
  return delay;
}

async function cameraAlone({ product }: Stage, runs: number): Promise<Baseline> {
  const { rtsp } = product.demo.simulators;
  const raw: number[] = [];
  for (let run = 0; run < runs; run++) raw.push(medianDelayMs(await sightingsOfCamera(rtsp, FRAMES)));
  return { name: 'FFmpeg decoding the camera itself over RTSP', command: `ffmpeg ${cameraAloneArguments(rtsp).join(' ')}`, raw };
}

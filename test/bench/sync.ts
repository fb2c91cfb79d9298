import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { visit } from '../product/browser.ts';
import { LISTEN_MS, viewerSync } from '../product/viewer-sync.ts';
import { WatchProbe } from '../product/watch-probe.ts';
import { readSync } from '../reading/sync.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { onProduct, refuseTarget, type Stage } from './on-product.ts';
import type { Baseline } from './report.ts';

const run = promisify(execFile);
const PROMISE = { median: 20 };


/**
 * How far sound and picture are apart at a student's page and in the recording, in a class of a minute and more. The baseline is FFmpeg
 * writing the same camera and microphone into one file by the time at which they arrive.
 */
export const sync: Bench = async function* (options) {
  refuseTarget(options, 'it reads the clock and hears the beeps of its own room.');
  await using stage = await onProduct(options);
  await stage.box.start();
  await stage.box.until('the class to be seen at the edge', ({ stream }) => stream.seenAtEdge);
  const baseline = await asTheyArrive(stage);
  yield { case: 'viewer', unit: 'ms', raw: await atViewer(stage, options), baseline, promise: PROMISE };
  const { recording } = await stage.box.state();
  await stage.box.rest();
  yield { case: 'recording', unit: 'ms', raw: await inRecording(join(stage.product.demo.dirs.recordings, recording.id ?? ''), options), baseline, promise: PROMISE };
};

async function asTheyArrive({ product }: Stage): Promise<Baseline> {
  const camera = product.demo.simulators.rtsp;
  const file = join(product.dir, 'baseline.mkv');
  const input = (url: string): string[] => ['-use_wallclock_as_timestamps', '1', '-rtsp_transport', 'tcp', '-i', url];
  const args = ['-hide_banner', '-nostdin', '-loglevel', 'error', ...input(camera), ...input(camera.replace(/camera$/, 'mic')), '-map', '0:v:0', '-map', '1:a:0', '-c', 'copy', '-t', String(LISTEN_MS / 1000), file];
  await run('ffmpeg', args);
  return { name: 'FFmpeg, camera and microphone as they arrive', command: `ffmpeg ${args.join(' ')}`, raw: [Math.abs((await readSync(file)).offsetMs)] };
}

async function atViewer({ browser, product }: Stage, { runs, say }: BenchOptions): Promise<number[]> {
  const page = await visit(browser, product.demo.students.paid.watchUrl);
  const probe = new WatchProbe(page);
  await probe.plays('the student', { frames: 75, timeoutMs: 60_000 });
  const raw: number[] = [];
  for (let round = 0; round < runs; round++) {
    const { offsetMs, beeps } = await viewerSync(probe);
    raw.push(Math.abs(offsetMs));
    say(`viewer, run ${round + 1}: sound ${Math.round(offsetMs)} ms after picture, ${beeps} beeps`);
  }
  await page.context().close();
  return raw;
}

/** A figure for each piece: it must not wander. */
async function inRecording(folder: string, { runs, say }: BenchOptions): Promise<number[]> {
  const part = readdirSync(folder).find((name) => /^part-.*\.mp4$/.test(name)) ?? '';
  const raw: number[] = [];
  for (let round = 0; round < runs; round++) {
    const { offsetMs, beeps, frames } = await readSync(join(folder, part), { fromSeconds: (round * LISTEN_MS) / 1000, seconds: LISTEN_MS / 1000 });
    raw.push(Math.abs(offsetMs));
    say(`recording, piece ${round + 1}: sound ${Math.round(offsetMs)} ms after picture, ${beeps} beeps, ${frames} frames`);
  }
  return raw;
}

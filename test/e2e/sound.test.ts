import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IndexLine } from '#cloud-sync/contract/recording-folder.ts';
import { eventually } from '../product/eventually.ts';
import { startProduct, type Product } from '../product/product.ts';
import { RoomBox } from '../product/room-box.ts';
import { readLoudness, type Window } from '../reading/loudness.ts';
import { readSync } from '../reading/sync.ts';

const TARGET_LUFS = -16;
/** What goes in is at -20: a few seconds of speech are louder or softer than others, though not as much as what was not levelled, or what the leveller could undo. */
const SPEECH_VARIES_LU = 3;
const SECONDS_VARY_LU = 6;
/** The limiter's ceiling, and what AAC may add to it. */
const PEAK_MAX_DBTP = -0.5;
const DELAY_MS = 300;
/** What goes in is about -20 dBFS: less than the leveller takes for speech, so that it does not make up for it. */
const GAIN_DB = -30;
/** Until what was set is in what is recorded. */
const SETTLES_MS = 6_000;
/** What is set now is heard in sound that was taken a little before: it was held back until its picture came. */
const HELD_MS = 1_000;
/** Beeps come every five seconds: at least three of them, however a window lies, so that one that a busy machine held up is not the median. */
const LISTENED_MS = 19_000;
const QUIET_MS = 6_000;

let product: Product;
let box: RoomBox;
/** Wall time of each window that is looked at, ms. */
const heard: Record<string, { readonly fromMs: number; readonly toMs: number }> = {};
let part = '';

beforeAll(async () => {
  product = await startProduct();
  box = new RoomBox(product.demo);
  await box.start('A class of sounds');
  const { recording, sources } = await box.until('a proven recording', (state) => state.recording.proven);
  const microphone = sources.find(({ kind }) => kind === 'microphone')?.id ?? expect.fail('no microphone');
  await listen('plain', LISTENED_MS);
  await box.sound(microphone, { delayMs: DELAY_MS });
  await listen('delayed', LISTENED_MS);
  await box.sound(microphone, { delayMs: 0, gainDb: GAIN_DB });
  await listen('lowered', QUIET_MS);
  await box.sound(microphone, { gainDb: 0, muted: true });
  await listen('muted', QUIET_MS);
  await box.sound(microphone, { muted: false });
  await listen('again', QUIET_MS);
  await box.pause();
  await listen('paused', QUIET_MS);
  await box.stop();
  await box.until('the class to end', ({ lesson }) => lesson.phase === 'idle');
  part = join(product.demo.dirs.recordings, recording.id ?? '', 'part-000');
  await eventually('the recording to be finished', async () => (await box.state()).recording.active === false);
}, 180_000);

afterAll(() => product.stop());

async function listen(what: string, durationMs: number): Promise<void> {
  await delay(SETTLES_MS);
  const fromMs = Date.now();
  await delay(durationMs);
  heard[what] = { fromMs, toMs: Date.now() - HELD_MS };
}

/** Where it lies in the recording, which begins with its first picture. */
function windowOf(what: string): Window {
  const [line = ''] = readFileSync(`${part}.index.jsonl`, 'utf8').split('\n').filter((each) => each.includes('"fragment"'));
  const beganMs = (JSON.parse(line) as IndexLine).captureUs / 1000;
  const { fromMs, toMs } = heard[what] ?? expect.fail(`nobody listened to ${what}`);
  return { fromSeconds: (fromMs - beganMs) / 1000, seconds: (toMs - fromMs) / 1000 };
}

test('speech is brought to -16 LUFS, and no peak is above what players take', async () => {
  const { lufs, truePeakDbtp } = await readLoudness(`${part}.mp4`, windowOf('plain'));
  expect(Math.abs(lufs - TARGET_LUFS), `${lufs} LUFS`).toBeLessThan(SPEECH_VARIES_LU);
  expect(truePeakDbtp).toBeLessThan(PEAK_MAX_DBTP);
});

test('sound that is held back comes so much later', async () => {
  const [plain, delayed] = [await readSync(`${part}.mp4`, windowOf('plain')), await readSync(`${part}.mp4`, windowOf('delayed'))];
  expect(Math.abs(delayed.offsetMs - plain.offsetMs - DELAY_MS), `${plain.offsetMs}, then ${delayed.offsetMs} ms`).toBeLessThan(30);
});

test('a source is as loud as it is set, and the leveller does not undo it', async () => {
  const [plain, lowered] = [await readLoudness(`${part}.mp4`, windowOf('plain')), await readLoudness(`${part}.mp4`, windowOf('lowered'))];
  expect(Math.abs(lowered.lufs - plain.lufs - GAIN_DB), `${plain.lufs}, then ${lowered.lufs} LUFS`).toBeLessThan(SECONDS_VARY_LU);
});

test.each(['muted', 'paused'])('nothing is heard while it is %s', async (what) => {
  const { truePeakDbtp } = await readLoudness(`${part}.mp4`, windowOf(what));
  expect(truePeakDbtp).toBeLessThan(-80);
});

test('what was muted is heard again', async () => {
  const [plain, again] = [await readLoudness(`${part}.mp4`, windowOf('plain')), await readLoudness(`${part}.mp4`, windowOf('again'))];
  expect(Math.abs(again.lufs - plain.lufs), `${plain.lufs}, then ${again.lufs} LUFS`).toBeLessThan(SECONDS_VARY_LU);
});

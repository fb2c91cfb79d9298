import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Campaign } from './campaign.ts';
import { examineRecording, holes } from './examine.ts';
import { ISOLATED, openLoneBox, type LoneBox } from './lone-box.ts';
import { randomFrom } from '#kit/testing/random.ts';

const run = promisify(execFile);
const SHORTEST_MS = 1_500;
const SPREAD_MS = 2_500;
/** The test tone is at -21 dBFS RMS (FFmpeg's sine source); loudness control may bring it up, never to silence. */
const QUIETEST_DBFS = -40;
const WITH_SOUND = ['part-', 'track-microphone-'];

/** `count` classes one after the other on the same box: each recording has its length, its pictures and its sound, and so has each single source's track. */
export const cycles: Campaign = async ({ count, seed, say }) => {
  const box = await openLoneBox();
  const random = randomFrom(seed);
  try {
    await box.until('the program to run', ({ encoder }) => encoder.fps > 0);
    const failures: string[] = [];
    for (let cycle = 1; cycle <= count; cycle++) {
      const faults = await oneClass(box, SHORTEST_MS + random() * SPREAD_MS);
      failures.push(...faults.map((fault) => `class ${cycle}: ${fault}`));
      if (faults.length > 0) for (const line of box.warnings()) say(`class ${cycle}: ${line}`);
      if (cycle % 10 === 0) say(`${cycle}/${count} classes, ${failures.length} faults`);
    }
    return failures;
  } finally {
    await box.close();
  }
};

async function oneClass(box: LoneBox, lengthMs: number): Promise<string[]> {
  await box.post('lesson/start', { title: 'One of many' });
  const first = await box.until('a proven recording', ({ recording }) => recording.proven);
  const fromMs = Date.now() - 500;
  await box.until('its length', () => Date.now() - fromMs > lengthMs);
  const during = { fromMs: Date.parse(first.recording.lastFragmentAt ?? ''), toMs: Date.now() - 1_000 };
  await box.post('lesson/stop');
  await box.until('the class to end', ({ lesson }) => lesson.phase === 'idle');
  const folder = join(box.recordingsDir, first.recording.id ?? '');
  const { faults, gaps, tracks } = await examineRecording(folder, during);
  const short = ISOLATED.flatMap((id) => holes(tracks.get(id) ?? [], during).map(({ fromMs, toMs }) => `${id} lacks ${Math.round(toMs - fromMs)} ms`));
  const heard = readdirSync(folder).filter((name) => name.endsWith('.mp4') && WITH_SOUND.some((prefix) => name.startsWith(prefix)));
  const quiet = await Promise.all(heard.map((name) => tooQuiet(join(folder, name))));
  return [...faults, ...gaps.map(({ reason }) => `a gap: ${reason}`), ...short, ...quiet.flat()];
}

async function tooQuiet(media: string): Promise<string[]> {
  const { stderr } = await run('ffmpeg', ['-hide_banner', '-nostdin', '-i', media, '-map', '0:a:0', '-af', 'volumedetect', '-f', 'null', '-']);
  const level = Number(/mean_volume: (-?[\d.]+) dB/.exec(stderr)?.[1] ?? -Infinity);
  return level >= QUIETEST_DBFS ? [] : [`${media} is at ${level} dBFS`];
}

/**
 * Records a program that runs many times too fast, and erases a piece of it now and then, until it is killed: `record.ts FOLDER ID SAMPLE`.
 * Each life goes on where the newest fragment of the one before ended.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { deserialize } from 'node:v8';
import type { TrackToRecord } from '../recorder.ts';
import { createLog } from '#kit/process/log.ts';
import { Recorder } from '../recorder.ts';
import { play, type Sample } from './sample.ts';

const ERASE_EVERY = 4;
const ERASE_SECONDS = 5;
const tracks: TrackToRecord[] = [{ id: 'board', name: 'Board', kind: 'camera' }, { id: 'mic', name: 'Microphone', kind: 'microphone' }];

const [recordingsDir = '', id = '', sampleFile = '', fromUs = '0'] = process.argv.slice(2);
const sample = deserialize(readFileSync(sampleFile)) as Sample;
const meta = { id, lesson: 'lesson', room: 'room', title: 'Title', teacher: 'Teacher', startedAt: new Date(0).toISOString() };
const recorder = await Recorder.open({ recordingsDir, meta, layer: '720p', tracks, log: createLog('record') });
process.send?.('opened');

for (let second = 0; ; second += 1) {
  for (const packet of play(sample, Number(fromUs) + second * 2_000_000, 2)) {
    recorder.write(packet);
    recorder.writeTrack(packet.kind === 'video' ? 'board' : 'mic', packet);
  }
  if (second % ERASE_EVERY === ERASE_EVERY - 1) await recorder.erase(ERASE_SECONDS, Number(fromUs) + (second + 1) * 2_000_000);
  await delay(5);
}

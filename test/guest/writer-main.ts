/** Runs in the guest: records a class from a file in real time and says on the console what was captured, and what the recorder has released to the disk. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as otherWork, setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FlvReader, PacketsFromFlv } from '#kit/media/flv.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import { createLog } from '#kit/process/log.ts';
import { Recorder } from '../../appliance/recorder/recorder.ts';
import { partsOf, readIndex } from '../../appliance/recorder/recording-folder.ts';

const { values } = parseArgs({ options: { recordings: { type: 'string', default: '' }, media: { type: 'string', default: '' }, id: { type: 'string', default: '' } } });
const log = createLog('writer');
const folder = join(values.recordings, values.id);
const startedAt = new Date().toISOString();
const recorder = await Recorder.open({
  recordingsDir: values.recordings, layer: 'program', log,
  meta: { id: values.id, lesson: values.id, room: 'guest', title: 'Power cut', teacher: '', startedAt },
});
const found = new Set((await partsOf(folder)).map(({ part }) => part));
const released = { told: 0, fragments: 0, newestAtMs: 0 };
/** The camera took these: what of them is not on the disk is what the cut cost. */
const SAY_EVERY_US = 200_000;
const captured = { saidUs: 0 };
const packets = packetsOf(values.media);
const beganUs = Date.now() * 1000;
for (const taken of packets) {
  const packet = { ...taken, captureUs: taken.captureUs + beganUs };
  const earlyMs = (packet.captureUs - Date.now() * 1000) / 1000;
  await (earlyMs > 5 ? delay(earlyMs) : otherWork());
  recorder.write(packet);
  if (packet.captureUs - captured.saidUs > SAY_EVERY_US) {
    captured.saidUs = packet.captureUs;
    console.log(`CAPTURED ${packet.captureUs}`);
  }
  await tellReleased();
}
await recorder.finish();
console.log('FINISHED');

/** A fragment on the disk changes the time that the recorder reports: two between two looks count as one, so it is never told too much. */
async function tellReleased(): Promise<void> {
  const atMs = recorder.report().lastFragmentAtMs ?? 0;
  if (atMs === released.newestAtMs) return;
  released.newestAtMs = atMs;
  released.fragments += 1;
  const pieces = (await piecesOfThisLife()).slice(0, released.fragments);
  for (const piece of pieces.slice(released.told)) console.log(`RELEASED ${piece}`);
  released.told = pieces.length;
}

async function piecesOfThisLife(): Promise<string[]> {
  const names = (await partsOf(folder)).filter(({ part }) => !found.has(part));
  const indexes = await Promise.all(names.map(async (name) => ({ name, ...(await readIndex(folder, name)) })));
  return indexes.flatMap(({ name, lines }) => lines.filter(({ kind }) => kind === 'fragment').map(({ offset, sha256 }) => `${name.part} ${offset} ${sha256}`));
}

/** Times from the file's beginning. */
function packetsOf(file: string): MediaPacket[] {
  const reader = new PacketsFromFlv({ epochUs: 0, layer: 'program' });
  return new FlvReader().push(readFileSync(file)).flatMap((tag) => reader.push(tag) ?? []);
}

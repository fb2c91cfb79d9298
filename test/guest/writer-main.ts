/** Runs in the guest: records a class from a file in real time and says on the console what the recorder has released to the disk. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
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
const told = new Set<string>();
await tellReleased();
const beganUs = Date.now() * 1000;
const packets = packetsOf(values.media, beganUs);
for (const packet of packets) {
  const early = (packet.captureUs - Date.now() * 1000) / 1000;
  if (early > 5) {
    await tellReleased();
    await delay(early);
  }
  recorder.write(packet);
}
await recorder.finish();
console.log('FINISHED');

/** What the index holds was flushed before its line was written: from here on it may not be lost. */
async function tellReleased(): Promise<void> {
  const flushedAtMs = recorder.report().lastFragmentAtMs;
  if (flushedAtMs === null) return;
  for (const name of await partsOf(folder)) {
    const { lines } = await readIndex(folder, name);
    // The newest line may still be on its way to the disk.
    for (const { offset, sha256 } of lines.slice(0, -1)) {
      const piece = `${name.part} ${offset} ${sha256}`;
      if (!told.has(piece)) console.log(`RELEASED ${piece}`);
      told.add(piece);
    }
  }
}

function packetsOf(file: string, epochUs: number): MediaPacket[] {
  const reader = new PacketsFromFlv({ epochUs, layer: 'program' });
  return new FlvReader().push(readFileSync(file)).flatMap((tag) => reader.push(tag) ?? []);
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import { PacketBus } from '../bus/packet-bus.ts';
import type { LessonFacts } from '../lesson/lesson.ts';
import { RecordingDesk } from './recording-desk.ts';
import { readMeta } from './recording-folder.ts';
import { decodedFrames, expectWhole, program } from './testing/inspect.ts';
import { makeSample, play } from './testing/sample.ts';

const ID = '0190a1b2-0000-7000-8000-000000000003';
const SECOND_US = 1_000_000;
const PRE_ROLL_SECONDS = 12;
const log = createLog('test');
log.level = 'silent';

it('records the time before the press where the school wants that, all of it and no more', async () => {
  const recordingsDir = mkdtempSync(join(tmpdir(), 'pre-roll-'));
  const beganUs = Date.parse('2026-11-22T09:00:00.000Z') * 1000;
  const facts: LessonFacts = { id: 'l', recordingId: ID, timetableId: null, room: 'room', title: '', teacher: '', startedAtMs: beganUs / 1000, endsAtMs: null };
  const bus = new PacketBus(log);
  const clock = { nowUs: beganUs };
  const desk = new RecordingDesk({
    config: {
      recordingsDir, preRollSeconds: PRE_ROLL_SECONDS,
      program: { width: 320, height: 180, fps: 25, x264Preset: 'ultrafast', renditions: [{ id: '720p', width: 320, height: 180, bitrateKbps: 100 }] },
    },
    program: { bus, get nowUs() { return clock.nowUs; }, tracks: () => [] },
    silenceExpected: () => true, runningId: () => ID, makeRoom: () => undefined, log,
  });
  const uplink = desk.fromPressToPress({ begin: () => undefined, end: async () => undefined });
  for (const packet of play(makeSample(), beganUs - 20 * SECOND_US, 23)) {
    if (packet.captureUs >= beganUs && !desk.attached) {
      uplink.begin();
      await desk.lesson.open(facts);
    }
    bus.publish(packet);
  }
  clock.nowUs = beganUs + 3 * SECOND_US;
  await uplink.end();
  await desk.lesson.close(facts);
  const folder = join(recordingsDir, ID);
  await expectWhole(folder);
  expect((await readMeta(folder))?.gaps).toEqual([]);
  expect(await decodedFrames(folder, program(0))).toBe((PRE_ROLL_SECONDS + 3) * 25);
  rmSync(recordingsDir, { recursive: true });
});

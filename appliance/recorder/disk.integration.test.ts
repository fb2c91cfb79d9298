import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import { PacketBus } from '../bus/packet-bus.ts';
import type { RecordingState } from '../contract/recording.ts';
import type { LessonFacts } from '../lesson/lesson.ts';
import { RecordingDesk } from './recording-desk.ts';
import { partsOf, readMeta } from './recording-folder.ts';
import { decodedFrames, expectNothingElse, expectWhole, linesOf, program } from './testing/inspect.ts';
import { makeSample, play, type Sample } from './testing/sample.ts';
import { SmallDisk } from './testing/small-disk.ts';

const ID = '0190a1b2-0000-7000-8000-000000000002';
/** While the disk refuses, half a minute of media waits in memory. */
const LONGER_THAN_KEPT_MS = 32_000;
const WAIT = { timeout: 40_000, interval: 50 };
const log = createLog('test');
log.level = 'silent';
const facts: LessonFacts = { id: 'l', recordingId: ID, timetableId: null, room: 'room', title: '', teacher: '', startedAtMs: Date.now(), endsAtMs: null };
const uplink = { begin: () => undefined, end: async () => undefined };

let sample: Sample;
let disk: SmallDisk;
let desk: RecordingDesk;
let bus: PacketBus;
let stop: AbortController;
let running: Promise<unknown>;
let muted = false;

beforeAll(() => {
  sample = makeSample();
});
beforeEach(() => {
  disk = new SmallDisk(mkdtempSync(join(tmpdir(), 'small-disk-')), 8);
  mkdirSync(recordings());
  stop = new AbortController();
  bus = new PacketBus(log);
  muted = false;
  const clock = { anchorUs: Math.round((Date.now() - performance.now()) * 1000) };
  const nowUs = (): number => Math.round(clock.anchorUs + performance.now() * 1000);
  desk = new RecordingDesk({
    config: {
      recordingsDir: recordings(), disk: { reserveMegabytes: 1 },
      program: { width: 320, height: 180, fps: 25, x264Preset: 'ultrafast', renditions: [{ id: '720p', width: 320, height: 180, bitrateKbps: 100 }] },
    },
    program: { bus, get nowUs() { return nowUs(); }, tracks: () => [] },
    silenceExpected: () => muted,
    runningId: () => ID,
    makeRoom: () => undefined,
    log,
  });
  running = Promise.all([desk.run(stop.signal), live(nowUs, stop.signal)]);
});
afterEach(async () => {
  stop.abort();
  await running;
  await desk.lesson.close(facts);
  disk.remove();
});

const recordings = (): string => join(disk.dir, 'recordings');
const folder = (): string => join(recordings(), ID);
const parts = async (): Promise<number[]> => (await partsOf(folder())).map(({ part }) => part);

/** The sample, in real time and heard. */
async function live(nowUs: () => number, signal: AbortSignal): Promise<void> {
  const packets = play(sample, nowUs(), Number.POSITIVE_INFINITY);
  for (const packet of packets) {
    while (packet.captureUs > nowUs() && !signal.aborted) await delay(10);
    if (signal.aborted) return;
    desk.heard(-20);
    bus.publish(packet);
  }
}

async function until(holds: (state: RecordingState) => boolean): Promise<RecordingState> {
  return vi.waitFor(() => {
    const state = desk.state();
    if (!holds(state)) throw new Error(JSON.stringify(state));
    return state;
  }, WAIT);
}

async function startClass(): Promise<void> {
  desk.fromPressToPress(uplink).begin();
  await desk.lesson.open(facts);
}

it('streams on when the disk is full and says so, and records again by itself with the gap stated', async () => {
  await startClass();
  await until(({ proven }) => proven);
  disk.fill();
  const full = await until(({ active }) => !active);
  expect(full).toMatchObject({ proven: false, streamOnly: true, disk: { level: 'full' } });
  expect(full.doubt).toMatch(/disk is full/);
  await delay(LONGER_THAN_KEPT_MS);
  disk.makeRoom();
  // What was being written when the disk filled up is written first, and is no gap yet.
  const again = await until(({ proven, gaps }) => proven && gaps.length > 0);
  expect(again.gaps).toEqual([expect.objectContaining({ reason: expect.stringMatching(/disk is full/) as string })]);
  expect(again.streamOnly).toBe(false);
  await desk.lesson.close(facts);
  await expectWhole(folder());
  await expectNothingElse(folder());
  expect(await decodedFrames(folder(), program(0))).toBeGreaterThan(50);
  expect((await readMeta(folder()))?.endedAt).not.toBeNull();
}, 150_000);

it('begins when a disk that takes no files at Start takes them again, and has all that waited', async () => {
  disk.setReadOnly(true);
  await startClass();
  expect(desk.state()).toMatchObject({ active: false, proven: false, streamOnly: false });
  expect(desk.state().doubt).toMatch(/disk refuses/);
  await delay(2_500);
  disk.setReadOnly(false);
  expect((await until(({ proven }) => proven)).gaps).toEqual([]);
}, 120_000);

it('states what it could not keep of the time before a disk took files', async () => {
  disk.setReadOnly(true);
  await startClass();
  await delay(LONGER_THAN_KEPT_MS + 1_000);
  disk.setReadOnly(false);
  const { gaps } = await until(({ proven }) => proven);
  expect(gaps.map(({ reason }) => reason)).toEqual(['The recording began late.']);
}, 120_000);

it('turns the light off while what is written is deleted, and on again when it is written elsewhere', async () => {
  await startClass();
  await until(({ proven }) => proven);
  rmSync(recordings(), { recursive: true });
  mkdirSync(recordings());
  await vi.waitFor(async () => expect(await parts()).toContain(1), WAIT);
  await until(({ proven }) => proven);
}, 120_000);

it('turns the light off when the program ends, whatever was written before', async () => {
  await startClass();
  const { bytes } = await until(({ proven }) => proven);
  stop.abort();
  await running;
  expect(bytes).toBeGreaterThan(0);
  const off = await until(({ active }) => !active);
  expect(off).toMatchObject({ proven: false, doubt: 'Nothing was written to the disk for 3 seconds.' });
}, 120_000);

it('erases through the desk what was recorded last, and goes on', async () => {
  await startClass();
  await until(({ proven }) => proven);
  await desk.erase(30);
  const state = await until(({ redactions }) => redactions.length === 1);
  expect(state.redactions[0]?.where).toBe('box');
  await until(({ active }) => active);
  await desk.lesson.close(facts);
  await expectWhole(folder());
  await expectNothingElse(folder());
}, 120_000);

it('erases what a full disk kept from being erased, before the recording is anybody else\'s', async () => {
  await startClass();
  await until(({ proven }) => proven);
  disk.fill();
  await expect(desk.erase(30)).rejects.toMatchObject({ code: 'erase_pending' });
  await desk.lesson.close(facts);
  expect(await readMeta(folder())).toMatchObject({ endedAt: null, redactions: [] });
  disk.makeRoom();
  await vi.waitFor(async () => expect((await readMeta(folder()))?.endedAt).not.toBeNull(), WAIT);
  const [redaction] = (await readMeta(folder()))?.redactions ?? [];
  const lines = await Promise.all((await parts()).map((part) => linesOf(folder(), program(part))));
  const endsUs = lines.flat().filter(({ kind }) => kind === 'fragment').map(({ captureUs, durationUs }) => captureUs + durationUs);
  expect(Math.max(0, ...endsUs)).toBeLessThanOrEqual(Date.parse(redaction?.erasedFrom ?? '') * 1000);
}, 120_000);

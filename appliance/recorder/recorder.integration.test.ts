import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serialize } from 'node:v8';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { indexName, partName } from '#cloud-sync/contract/recording-folder.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import { forkTs } from '#kit/process/child.ts';
import { createLog } from '#kit/process/log.ts';
import { spanOf } from './erase.ts';
import { PartFile, partsOf, readMeta, writeMeta } from './recording-folder.ts';
import { Recorder, type TrackToRecord } from './recorder.ts';
import { endRecording, openRecordings, tidy } from './recover.ts';
import { decodedFrames, expectNothingElse, expectWhole, linesOf, program } from './testing/inspect.ts';
import { makeSample, play, type Sample } from './testing/sample.ts';

const ID = '0190a1b2-0000-7000-8000-000000000001';
const SECOND_US = 1_000_000;
const START_US = Date.parse('2026-11-02T09:00:00.000Z') * 1000;
const TRACKS: TrackToRecord[] = [{ id: 'board', name: 'Board', kind: 'camera' }, { id: 'mic', name: 'Microphone', kind: 'microphone' }];
const WAIT = { timeout: 25_000, interval: 20 };
const log = createLog('test');
log.level = 'silent';
let sample: Sample;
let dir = '';
let stop = new AbortController();

beforeAll(() => {
  sample = makeSample();
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'recorder-'));
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await Promise.all(opened.splice(0).map((recorder) => recorder.finish()));
  rmSync(dir, { recursive: true, force: true });
});

const folder = (): string => join(dir, ID);
const meta = { id: ID, lesson: 'lesson', room: 'room', title: 'Title', teacher: 'Teacher', startedAt: '2026-11-02T09:00:00.000Z' };
const opened: Recorder[] = [];

async function open(tracks: TrackToRecord[] = []): Promise<Recorder> {
  const recorder = await Recorder.open({ recordingsDir: dir, meta, layer: '720p', tracks, log });
  opened.push(recorder);
  return recorder;
}

function give(recorder: Recorder, packets: Iterable<MediaPacket>): void {
  for (const packet of packets) {
    recorder.write(packet);
    recorder.writeTrack(packet.kind === 'video' ? 'board' : 'mic', packet);
  }
}

/** In pieces that the recorder's queue takes: a minute at once is more than a disk is waited for. */
async function giveSlowly(recorder: Recorder, fromUs: number, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 4) {
    const piece = Math.min(4, seconds - second);
    give(recorder, play(sample, fromUs + second * SECOND_US, piece));
    const due = fromUs + (second + piece - 1.1) * SECOND_US;
    await vi.waitFor(async () => expect(await endUs()).toBeGreaterThanOrEqual(due), WAIT);
  }
}

/** Of the recording, by this process. */
function filesHeld(): string[] {
  const held = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The descriptor of the listing itself.
      return '';
    }
  });
  return held.filter((file) => file.startsWith(dir));
}

/** Where the program's newest fragment on disk ends. */
async function endUs(): Promise<number> {
  const name = (await partsOf(folder())).filter(({ track }) => track === '').at(-1);
  const last = name === undefined ? undefined : (await linesOf(folder(), name)).findLast(({ kind }) => kind === 'fragment');
  return last === undefined ? 0 : last.captureUs + last.durationUs;
}

async function fragmentsOf(part: number): Promise<number> {
  if (!existsSync(join(folder(), indexName(program(part))))) return 0;
  return (await linesOf(folder(), program(part))).filter(({ kind }) => kind === 'fragment').length;
}

/** Seconds from the start at which the fragments of a part begin. */
async function secondsOf(part: number, track = ''): Promise<number[]> {
  const lines = (await linesOf(folder(), { track, part })).filter(({ kind }) => kind === 'fragment');
  return lines.map(({ captureUs }) => Math.round((captureUs - START_US) / SECOND_US));
}

/** From which tenth of a second to which the two parts of a track go. */
async function spansOf(track: string): Promise<number[][]> {
  const tenth = (us: number): number => Math.round((us - START_US) / 100_000) / 10;
  const parts = await Promise.all([0, 1].map((part) => linesOf(folder(), { track, part })));
  return parts.map((lines) => {
    const fragments = lines.filter(({ kind }) => kind === 'fragment');
    return [tenth(Math.min(...fragments.map(({ captureUs }) => captureUs))), tenth(Math.max(...fragments.map(({ captureUs, durationUs }) => captureUs + durationUs)))];
  });
}

describe('recording', () => {
  it('writes a second a fragment, proves itself, and ends with an index that covers every byte', async () => {
    const recorder = await open(TRACKS);
    give(recorder, play(sample, START_US, 4));
    await vi.waitFor(() => expect(recorder.report().proof).toMatchObject({ picture: true, silentLooks: 0 }), WAIT);
    await recorder.finish(null, new Date(START_US / 1000 + 4_000));
    await expectWhole(folder());
    await expectNothingElse(folder());
    const lines = await linesOf(folder(), program(0));
    expect(lines.map(({ kind }) => kind)).toEqual(['init', 'fragment', 'fragment', 'fragment', 'fragment', 'end']);
    expect(Math.max(...lines.map(({ durationUs }) => durationUs))).toBeLessThanOrEqual(1_040_000);
    expect(await decodedFrames(folder(), program(0))).toBe(100);
    expect(await decodedFrames(folder(), { track: 'board', part: 0 })).toBe(100);
    expect(await decodedFrames(folder(), { track: 'mic', part: 0 })).toBeGreaterThan(180);
    expect(await readMeta(folder())).toMatchObject({ endedAt: '2026-11-02T09:00:04.000Z', gaps: [], tracks: TRACKS });
  });

  it('lets go in the middle of a class with everything on disk and no file held, and goes on', async () => {
    const first = await open(TRACKS);
    give(first, play(sample, START_US, 3.5));
    await first.release();
    expect(filesHeld()).toEqual([]);
    expect(await secondsOf(0)).toEqual([0, 1, 2, 3]);
    expect((await readMeta(folder()))?.endedAt).toBeNull();
    const second = await open(TRACKS);
    give(second, play(sample, START_US + 6 * SECOND_US, 2));
    await second.finish();
    expect(filesHeld()).toEqual([]);
    await expectWhole(folder());
    expect((await readMeta(folder()))?.gaps).toHaveLength(1);
  });

  it('holds no file of a recording that the disk refused to open or to end', async () => {
    await (await open()).release();
    const name = program(0);
    const file = await PartFile.create(folder(), name);
    await file.close();
    await expect(PartFile.create(folder(), name)).rejects.toMatchObject({ code: 'EEXIST' });
    rmSync(join(folder(), partName(name)));
    await expect(PartFile.reopen(folder(), name)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(filesHeld()).toEqual([]);
  });

  it('marks pauses once each, and closes one that is open at the end', async () => {
    const recorder = await open();
    const at = START_US / 1000;
    for (const [paused, seconds] of [[true, 1], [true, 2], [false, 3], [false, 4], [true, 5]] as const) recorder.setPaused(paused, at + seconds * 1000);
    await recorder.finish(null, new Date(at + 9_000));
    const instant = (seconds: number): string => new Date(at + seconds * 1000).toISOString();
    expect((await readMeta(folder()))?.pauses).toEqual([{ from: instant(1), to: instant(3) }, { from: instant(5), to: instant(9) }]);
  });

  it('keeps nothing of a single source from a pause, nor from one in which the box was killed', async () => {
    const first = await open(TRACKS);
    give(first, play(sample, START_US, 2));
    first.setPaused(true, START_US / 1000 + 2_000);
    give(first, play(sample, START_US + 2 * SECOND_US, 2));
    await first.release();
    const second = await open(TRACKS);
    give(second, play(sample, START_US + 6 * SECOND_US, 2));
    second.setPaused(false, START_US / 1000 + 8_000);
    give(second, play(sample, START_US + 8 * SECOND_US, 2));
    await second.finish();
    await expectWhole(folder());
    for (const track of ['board', 'mic']) expect(await spansOf(track)).toEqual([[0, 2], [8, 10]]);
    expect(await spansOf('')).toEqual([[0, 4], [6, 10]]);
  });

  it('survives a clock that leaps an hour either way, and packets that are none', async () => {
    const recorder = await open();
    const hour = 3_600 * SECOND_US;
    give(recorder, play(sample, START_US, 2));
    give(recorder, play(sample, START_US + hour, 2));
    recorder.write({ kind: 'video', codec: 'h264', layer: '720p', captureUs: START_US + hour + 2 * SECOND_US, durationUs: 40_000, keyframe: true, data: Buffer.from('junk') });
    give(recorder, play(sample, START_US + 2 * SECOND_US, 2));
    await recorder.finish();
    await expectWhole(folder());
    expect((await partsOf(folder())).map(({ part }) => part)).toEqual([0, 1, 2]);
    for (const part of [0, 1, 2]) expect(await decodedFrames(folder(), program(part))).toBe(50);
  });

  it.each([
    ['its file is deleted', (file: string) => rmSync(file)],
    ['its file is moved away', (file: string) => renameSync(file, join(dir, 'elsewhere.mp4'))],
    ['its file is replaced', (file: string) => (rmSync(file), writeFileSync(file, 'another'))],
    ['its folder is deleted', () => rmSync(folder(), { recursive: true })],
  ])('goes on in a new file when %s', async (_what, harm) => {
    const recorder = await open();
    give(recorder, play(sample, START_US, 3));
    await vi.waitFor(async () => expect(await fragmentsOf(0)).toBeGreaterThanOrEqual(2), WAIT);
    harm(join(folder(), partName(program(0))));
    give(recorder, play(sample, START_US + 3 * SECOND_US, 3));
    const newest = async (): Promise<number> => (await partsOf(folder())).at(-1)?.part ?? 0;
    await vi.waitFor(async () => expect(await newest()).toBe(1), WAIT);
    await vi.waitFor(() => expect(recorder.report().problem).toBe(''), WAIT);
    await recorder.finish();
    expect(await decodedFrames(folder(), program(1))).toBeGreaterThanOrEqual(75);
    expect((await readMeta(folder()))?.endedAt).not.toBeNull();
  });
});

describe('after a kill', () => {
  async function killedOnce(sampleFile: string, fromUs: number, afterMs: number): Promise<void> {
    const script = fileURLToPath(new URL('testing/record.ts', import.meta.url));
    const child = forkTs(script, [dir, ID, sampleFile, String(fromUs)], { signal: stop.signal, name: 'record', env: { ...process.env, LECTERN_LOG: 'silent' } });
    await once(child.process, 'message');
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    child.process.kill('SIGKILL');
    await child.exited;
  }

  it('thirty times at any instant, in the middle of writing and erasing, everything released is whole and nothing erased is left', async () => {
    const sampleFile = join(dir, 'sample.bin');
    writeFileSync(sampleFile, serialize(sample));
    for (let life = 0; life < 30; life += 1) {
      await killedOnce(sampleFile, START_US + life * 600 * SECOND_US, Math.random() * 150);
      await expectWhole(folder());
    }
    rmSync(sampleFile);
    expect((await openRecordings(dir, log)).map(({ id }) => id)).toEqual([ID]);
    await endRecording(dir, ID);
    await expectWhole(folder());
    await expectNothingElse(folder());
    const redactions = (await readMeta(folder()))?.redactions ?? [];
    expect(redactions.length).toBeGreaterThan(0);
    for (const name of await partsOf(folder())) {
      const lines = await linesOf(folder(), name);
      expect(lines.at(-1)?.kind).toBe('end');
      for (const { fromUs, toUs } of redactions.map(spanOf)) {
        expect(lines.filter(({ kind, captureUs, durationUs }) => kind === 'fragment' && captureUs < toUs && captureUs + durationUs > fromUs)).toEqual([]);
      }
    }
    const last = (await partsOf(folder())).filter(({ track }) => track === '').at(-1);
    if (last !== undefined) expect(await decodedFrames(folder(), last)).toBeGreaterThanOrEqual(25);
  }, 240_000);

  it('torn ends go, released bytes stay, and the class goes on in a new part with the gap stated', async () => {
    const first = await open();
    give(first, play(sample, START_US, 4.1));
    await vi.waitFor(async () => expect(await fragmentsOf(0)).toBe(4), WAIT);
    const before = await linesOf(folder(), program(0));
    appendFileSync(join(folder(), partName(program(0))), 'half a fragment');
    appendFileSync(join(folder(), indexName(program(0))), '{"kind":"fragment","off');

    const recorder = await open();
    give(recorder, play(sample, START_US + 10 * SECOND_US, 2));
    await recorder.finish();
    expect((await linesOf(folder(), program(0))).slice(0, -1)).toEqual(before);
    await expectWhole(folder());
    await expectNothingElse(folder());
    expect((await readMeta(folder()))?.gaps).toEqual([
      { from: '2026-11-02T09:00:04.000Z', to: '2026-11-02T09:00:10.000Z', reason: 'The recorder was restarted.' },
    ]);
    expect(await decodedFrames(folder(), program(0))).toBe(100);
    expect(await decodedFrames(folder(), program(1))).toBe(50);
  });
});

it.each([
  ['media that somebody took away', (file: string) => rmSync(file)],
  ['media that is shorter than its index says', (file: string) => truncateSync(file, 100)],
])('goes on beside an earlier part that cannot be read: %s', async (_what, harm) => {
  const first = await open();
  give(first, play(sample, START_US, 4.1));
  await vi.waitFor(async () => expect(await fragmentsOf(0)).toBe(4), WAIT);
  await first.release();
  harm(join(folder(), partName(program(0))));
  const recorder = await open();
  give(recorder, play(sample, START_US + 10 * SECOND_US, 2));
  await recorder.finish();
  expect(await decodedFrames(folder(), program(1))).toBe(50);
  expect((await readMeta(folder()))?.endedAt).not.toBeNull();
});

it('writes a fragment once, though the description refuses', async () => {
  const recorder = await open();
  mkdirSync(join(folder(), 'recording.json.new'));
  give(recorder, play(sample, START_US, 3.1));
  await vi.waitFor(async () => expect(await fragmentsOf(0)).toBe(3), WAIT);
  rmSync(join(folder(), 'recording.json.new'), { recursive: true });
  await recorder.finish();
  expect(await secondsOf(0)).toEqual([0, 1, 2, 3]);
  await expectWhole(folder());
});

it('leaves a part with a damaged index as it lies', async () => {
  const recorder = await open();
  give(recorder, play(sample, START_US, 4.1));
  await vi.waitFor(async () => expect(await fragmentsOf(0)).toBe(4), WAIT);
  const file = join(folder(), indexName(program(0)));
  const damaged = readFileSync(file, 'utf8').replace('"fragment"', '"fr\u0000gment"');
  writeFileSync(file, damaged);
  const bytes = statSync(join(folder(), partName(program(0)))).size;
  await endRecording(dir, ID);
  expect([readFileSync(file, 'utf8'), statSync(join(folder(), partName(program(0)))).size]).toEqual([damaged, bytes]);
});

describe('erasing', () => {
  const at = (seconds: number): number => START_US + seconds * SECOND_US;

  it('takes the last seconds off the disk and out of memory, in every track, and states it', async () => {
    const recorder = await open(TRACKS);
    await giveSlowly(recorder, START_US, 20.6);
    await recorder.erase(10, at(20.6));
    // Pictures of the time before that were still on their way, and then what is new.
    give(recorder, play(sample, at(20.2), 0.4));
    give(recorder, play(sample, at(21), 3));
    await recorder.finish(null, new Date(at(24) / 1000));
    await expectWhole(folder());
    await expectNothingElse(folder());
    for (const track of ['', 'board', 'mic']) {
      expect((await secondsOf(0, track)).at(-1)).toBeLessThanOrEqual(10);
      expect((await secondsOf(1, track))[0]).toBe(21);
    }
    expect(await decodedFrames(folder(), program(0))).toBe(250);
    const ended = await readMeta(folder());
    expect(ended?.gaps).toEqual([{ from: '2026-11-02T09:00:10.000Z', to: '2026-11-02T09:00:21.000Z', reason: 'Erased by the teacher.' }]);
    expect(ended?.redactions).toEqual([{ from: '2026-11-02T09:00:10.600Z', to: '2026-11-02T09:00:20.600Z', erasedFrom: '2026-11-02T09:00:10.600Z' }]);
  });

  it('a second time reaches back over what was erased already, into an older part', async () => {
    const recorder = await open();
    await giveSlowly(recorder, START_US, 20);
    await recorder.erase(5, at(20));
    await giveSlowly(recorder, at(20), 2);
    await recorder.erase(10, at(22));
    give(recorder, play(sample, at(22), 1));
    await recorder.finish();
    expect((await secondsOf(0)).at(-1)).toBe(11);
    expect((await partsOf(folder())).map(({ part }) => part)).toEqual([0, 2]);
    expect((await readMeta(folder()))?.gaps).toEqual([{ from: '2026-11-02T09:00:12.000Z', to: '2026-11-02T09:00:22.000Z', reason: 'Erased by the teacher.' }]);
    await expectWhole(folder());
    await expectNothingElse(folder());
  });

  it('leaves alone what may have left the box, and notes it for the library', async () => {
    const recorder = await open();
    await giveSlowly(recorder, START_US, 90);
    await recorder.erase(60, at(90));
    await recorder.finish();
    expect((await secondsOf(0)).at(-1)).toBe(51);
    expect((await readMeta(folder()))?.redactions).toEqual([
      { from: '2026-11-02T09:00:30.000Z', to: '2026-11-02T09:01:30.000Z', erasedFrom: '2026-11-02T09:00:52.000Z' },
    ]);
  });

  it('removes a class of which nothing is left, and goes on', async () => {
    const recorder = await open();
    give(recorder, play(sample, START_US, 3));
    await recorder.erase(30, at(3));
    expect(readdirSync(folder())).toEqual(['recording.json']);
    give(recorder, play(sample, at(3), 2));
    await recorder.finish();
    expect(await decodedFrames(folder(), (await partsOf(folder()))[0] ?? program(0))).toBe(50);
  });

  it.each([
    ['noted and nothing done', async () => undefined],
    ['the index was replaced, its bytes still there', async () => {
      const kept = (await linesOf(folder(), program(0))).slice(0, 11);
      writeFileSync(join(folder(), indexName(program(0))), kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
    }],
    ['the index of a part was removed, its bytes still there', async () => rmSync(join(folder(), indexName({ track: 'board', part: 0 })))],
    ['a replacement was written and not put in place', async () => writeFileSync(join(folder(), `${indexName(program(0))}.new`), 'half')],
  ])('is finished by the next start when the box was cut off after: %s', async (_what, harm) => {
    const recorder = await open(TRACKS);
    await giveSlowly(recorder, START_US, 20.6);
    await vi.waitFor(async () => expect(await fragmentsOf(0)).toBe(20), WAIT);
    const found = await readMeta(folder());
    if (found === null) throw new Error('there is no description');
    const noted = { ...found, redactions: [{ from: '2026-11-02T09:00:10.000Z', to: '2026-11-02T09:00:21.000Z', erasedFrom: '2026-11-02T09:00:10.000Z' }] };
    await writeMeta(folder(), noted);
    await harm();
    await tidy(folder(), noted);
    await expectWhole(folder());
    await expectNothingElse(folder());
    expect((await secondsOf(0)).at(-1)).toBe(9);
    for (const name of await partsOf(folder())) expect((await secondsOf(0, name.track)).at(-1)).toBeLessThanOrEqual(9);
  });
});

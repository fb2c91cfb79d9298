import { createLog } from '#kit/process/log.ts';
import { afterEach, expect, it, vi } from 'vitest';
import { RecordedClass, type ClassRecorder } from './class-recording.ts';
import type { LessonFacts } from './lesson.ts';

const log = createLog('test');
log.level = 'silent';
const facts: LessonFacts = { id: 'l', recordingId: 'r', timetableId: null, room: 'room-301', title: '', teacher: '', startedAtMs: 0, endsAtMs: null };

afterEach(() => vi.useRealTimers());

interface Behaviour {
  /** The disk answers no earlier than this. */
  readonly hangs?: Promise<void>;
  readonly openFailures?: number;
  readonly orphanFailures?: number;
  readonly finish?: () => Promise<void>;
}

function recorder(done: string[], finish?: () => Promise<void>): ClassRecorder<string> {
  return {
    report: () => 'report',
    setPaused: (paused) => void done.push(`paused ${paused}`),
    erase: async (seconds) => void done.push(`erase ${seconds}`),
    finish: finish ?? (async () => void done.push('finish')),
    release: async () => void done.push('release'),
  };
}

function recorded(done: string[], { hangs, openFailures = 0, orphanFailures = 0, finish }: Behaviour = {}): RecordedClass<string> {
  let [openLeft, orphanLeft] = [openFailures, orphanFailures];
  return new RecordedClass({
    openRecorder: async () => {
      await hangs;
      if (openLeft-- > 0) throw new Error('no space left on device');
      return recorder(done, finish);
    },
    endOrphan: async (id) => {
      if (orphanLeft-- > 0) throw new Error('no space left on device');
      done.push(`orphan ${id}`);
    },
    attach: () => {
      done.push('attach');
      return () => done.push('detach');
    },
    nowMs: () => 0,
    log,
    orphanRetryMs: 1,
  });
}

it('attaches, and takes off before it closes', async () => {
  const done: string[] = [];
  const recording = recorded(done);
  await recording.open(facts);
  expect([recording.attached, recording.wanted]).toEqual([true, true]);
  await recording.close(facts);
  expect(done).toEqual(['attach', 'paused false', 'detach', 'finish']);
  expect([recording.attached, recording.wanted, recording.report()]).toEqual([false, false, 'report']);
});

it('does not hold up the class while the disk refuses, says so, and goes on trying', async () => {
  const done: string[] = [];
  const recording = recorded(done, { openFailures: 2 });
  await recording.open(facts);
  expect([recording.attached, recording.problem]).toEqual([false, expect.stringMatching(/no space left/)]);
  await vi.waitFor(() => expect(recording.attached).toBe(true), 5_000);
  expect(recording.problem).toBe('');
});

it('ends a class whose recording never opened, and what an earlier life of the box left of it', async () => {
  const done: string[] = [];
  const recording = recorded(done, { openFailures: Infinity });
  await recording.open(facts);
  await recording.close(facts);
  expect(done).toEqual(['orphan r']);
});

it('lets the class end though the disk refuses its last bytes, and ends the recording when it can', async () => {
  const done: string[] = [];
  const recording = recorded(done, { orphanFailures: 2, finish: () => Promise.reject(new Error('no space left on device')) });
  await recording.open(facts);
  await recording.close(facts);
  expect([recording.attached, done.at(-1)]).toEqual([false, 'detach']);
  await vi.waitFor(() => expect(done.at(-1)).toBe('orphan r'), 5_000);
});

it('ends the class though the disk hangs over its last bytes, and lets nobody else near the recording until it answers', async () => {
  vi.useFakeTimers();
  const done: string[] = [];
  const disk = Promise.withResolvers<void>();
  const recording = recorded(done, { finish: () => disk.promise });
  await recording.open(facts);
  const closing = recording.close(facts);
  await vi.advanceTimersByTimeAsync(60_000);
  await closing;
  expect([recording.attached, done.at(-1)]).toEqual([false, 'detach']);
  vi.useRealTimers();
  disk.reject(new Error('no space left on device'));
  await vi.waitFor(() => expect(done.at(-1)).toBe('orphan r'), 5_000);
});

it('goes live and ends though the disk hangs, says so, and ends the recording when the disk answers', async () => {
  vi.useFakeTimers();
  const done: string[] = [];
  const disk = Promise.withResolvers<void>();
  const recording = recorded(done, { hangs: disk.promise });
  const opening = recording.open(facts);
  await vi.advanceTimersByTimeAsync(5_000);
  await opening;
  expect([recording.attached, recording.wanted, recording.problem]).toEqual([false, true, expect.stringMatching(/does not answer/)]);
  const closing = recording.close(facts);
  await vi.advanceTimersByTimeAsync(10_000);
  await closing;
  expect([done, recording.problem]).toEqual([[], '']);
  vi.useRealTimers();
  disk.resolve();
  await vi.waitFor(() => expect(done).toEqual(['release', 'orphan r']), 5_000);
  expect(recording.attached).toBe(false);
});

it('records from when a disk that hung answers', async () => {
  vi.useFakeTimers();
  const done: string[] = [];
  const disk = Promise.withResolvers<void>();
  const recording = recorded(done, { hangs: disk.promise });
  void recording.open(facts);
  await vi.advanceTimersByTimeAsync(60_000);
  disk.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect([done, recording.attached, recording.problem]).toEqual([['attach', 'paused false'], true, '']);
});

it('lets go of the recording at shutdown without ending it, also where it was just being opened', async () => {
  const done: string[] = [];
  const recording = recorded(done);
  const opening = recording.open(facts);
  await recording.detach();
  await opening;
  expect(done).toEqual(['attach', 'paused false', 'detach', 'release']);
});

it('tells a recorder that opens late that the class is paused', async () => {
  const done: string[] = [];
  const recording = recorded(done);
  recording.setPaused(true, 1);
  await recording.open(facts);
  recording.setPaused(false, 2);
  expect(done).toEqual(['attach', 'paused true', 'paused false']);
});

it('erases only from a recording that is being made', async () => {
  const done: string[] = [];
  const recording = recorded(done);
  await expect(recording.erase(30, 0)).rejects.toMatchObject({ code: 'no_recording', status: 409 });
  await recording.open(facts);
  await recording.erase(30, 0);
  await recording.close(facts);
  await expect(recording.erase(30, 0)).rejects.toMatchObject({ code: 'no_recording' });
  expect(done).toContain('erase 30');
});

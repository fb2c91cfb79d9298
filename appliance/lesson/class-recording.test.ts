import { createLog } from '#kit/process/log.ts';
import { expect, it, vi } from 'vitest';
import { RecordedClass, type ClassRecorder } from './class-recording.ts';
import type { LessonFacts } from './lesson.ts';

const log = createLog('test');
log.level = 'silent';
const facts: LessonFacts = { id: 'l', recordingId: 'r', timetableId: null, room: 'room-301', title: '', teacher: '', startedAtMs: 0, endsAtMs: null };

interface Behaviour {
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

function recorded(done: string[], { openFailures = 0, orphanFailures = 0, finish }: Behaviour = {}): RecordedClass<string> {
  let [openLeft, orphanLeft] = [openFailures, orphanFailures];
  return new RecordedClass({
    openRecorder: async () => {
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

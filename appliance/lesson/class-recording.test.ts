import { createLog } from '#kit/process/log.ts';
import { expect, it, vi } from 'vitest';
import { RecordedClass, type ClassRecorder } from './class-recording.ts';
import type { LessonFacts } from './lesson.ts';

const log = createLog('test');
log.level = 'silent';
const facts: LessonFacts = { id: 'l', recordingId: 'r', timetableId: null, room: 'room-301', title: '', teacher: '', startedAtMs: 0, endsAtMs: null };

function recorder(done: string[]): ClassRecorder {
  return {
    name: 'recorder',
    write: () => undefined,
    report: () => ({ id: 'r', bytes: 1, lastFragmentAtMs: null, decoded: null, gaps: [], problem: '' }),
    finish: async () => void done.push('finish'),
  };
}

function recorded(done: string[], failures: number): RecordedClass {
  let left = failures;
  return new RecordedClass({
    openRecorder: async () => {
      if (left-- > 0) throw new Error('no space left on device');
      return recorder(done);
    },
    endOrphan: async (id) => void done.push(`orphan ${id}`),
    attach: () => {
      done.push('attach');
      return () => done.push('detach');
    },
    log,
  });
}

it('attaches, and takes off before it closes', async () => {
  const done: string[] = [];
  const recording = recorded(done, 0);
  await recording.open(facts);
  expect(recording.attached).toBe(true);
  await recording.close(facts);
  expect([done, recording.attached, recording.report()?.id]).toEqual([['attach', 'detach', 'finish'], false, 'r']);
});

it('does not hold up the class while the disk refuses, says so, and goes on trying', async () => {
  const done: string[] = [];
  const recording = recorded(done, 2);
  await recording.open(facts);
  expect([recording.attached, recording.problem]).toEqual([false, expect.stringMatching(/no space left/)]);
  await vi.waitFor(() => expect(recording.attached).toBe(true), 5_000);
  expect(recording.problem).toBe('');
});

it('ends a class whose recording never opened, and what an earlier life of the box left of it', async () => {
  const done: string[] = [];
  const recording = recorded(done, Infinity);
  await recording.open(facts);
  await recording.close(facts);
  expect(done).toEqual(['orphan r']);
});

import { createLog } from '#kit/process/log.ts';
import { beforeEach, expect, it } from 'vitest';
import { Classroom } from './classroom.ts';
import { IDLE, type LessonFacts } from './lesson.ts';
import type { KeptLesson } from './ports.ts';

const MINUTE = 60_000;
const log = createLog('test');
log.level = 'silent';

let nowMs = 0;
let done: string[] = [];
let kept: KeptLesson = { lesson: IDLE, heldId: null };
let failing = false;
let closing: Promise<void> = Promise.resolve();

function classroom(): Classroom {
  return new Classroom({
    store: {
      load: () => kept,
      save: (value) => {
        if (failing) throw new Error('database or disk is full');
        kept = value;
      },
    },
    recording: {
      open: async (facts: LessonFacts) => void done.push(`open ${facts.title}`),
      close: async () => {
        await closing;
        done.push('close');
      },
    },
    uplink: { begin: () => done.push('begin'), end: async () => void done.push('end') },
    program: { setPaused: (paused) => done.push(`paused ${paused}`), setSoundCapture: (on) => done.push(`sound ${on}`) },
    clock: { nowMs: () => nowMs },
    log,
    leadMs: 10 * MINUTE,
    room: () => ({
      id: 'room-301',
      timetable: [{ id: 'planned', title: 'Optics', teacher: 'A. Lang', startsAtMs: 60 * MINUTE, endsAtMs: 105 * MINUTE }],
    }),
    changed: () => undefined,
  });
}

beforeEach(() => {
  nowMs = 0;
  done = [];
  kept = { lesson: IDLE, heldId: null };
  failing = false;
  closing = Promise.resolve();
});

it('starts once, however often Start is pressed', async () => {
  const room = classroom();
  await Promise.all([room.start({}), room.start({}), room.start({})]);
  await room.settled();
  expect(room.lesson.phase).toBe('live');
  expect(done).toEqual(['sound true', 'begin', 'open Class']);
});

it('takes title, teacher and end from the timetable within the lead time', async () => {
  nowMs = 51 * MINUTE;
  const room = classroom();
  await room.start({});
  expect(room.lesson).toMatchObject({ facts: { title: 'Optics', teacher: 'A. Lang', endsAtMs: 105 * MINUTE, timetableId: 'planned' } });
});

it('goes on with the same class and recording after it was killed', async () => {
  const before = classroom();
  await before.start({});
  await before.settled();
  done = [];
  const after = classroom();
  after.recover();
  await after.settled();
  expect(after.lesson).toEqual(before.lesson);
  expect(done).toEqual(['sound true', 'begin', 'open Class']);
});

it('closes a class whose time was over long before the restart', async () => {
  await classroom().start({});
  nowMs = 24 * 60 * MINUTE;
  done = [];
  const after = classroom();
  after.recover();
  await after.settled();
  expect(after.lesson.phase).toBe('idle');
  expect(done).toContain('close');
  expect(done).not.toContain('begin');
});

it('starts and ends a class although the store is full', async () => {
  failing = true;
  const room = classroom();
  await room.start({});
  await room.settled();
  room.stop();
  await room.settled();
  expect(room.lesson.phase).toBe('idle');
  expect(done).toEqual(['sound true', 'begin', 'open Class', 'sound false', 'end', 'close']);
});

it('waits for the previous class to close before the next begins', async () => {
  let finish = (): void => undefined;
  closing = new Promise((resolve) => {
    finish = resolve;
  });
  const room = classroom();
  await room.start({});
  await room.settled();
  room.stop();
  const second = room.start({ title: 'Second' });
  finish();
  await second;
  await room.settled();
  expect(room.lesson).toMatchObject({ phase: 'live', facts: { title: 'Second' } });
});

it('says what to do when there is no class to pause', () => {
  expect(() => classroom().pause()).toThrow(expect.objectContaining({ code: 'no_class', status: 409 }));
});

import { createLog } from '#kit/process/log.ts';
import { beforeEach, expect, it } from 'vitest';
import { Classroom } from './classroom.ts';
import { IDLE, type Lesson, type LessonFacts } from './lesson.ts';
import type { LessonPolicy } from './timekeeping.ts';
import type { PlannedClass } from './timetable.ts';

const MINUTE = 60_000;
const log = createLog('test');
log.level = 'silent';

let nowMs = 0;
let done: string[] = [];
let kept: Lesson = IDLE;
let inDoubt = false;
let outcomes = new Map<string, 'held' | 'missed'>();
let failing = false;
let closing: Promise<void> = Promise.resolve();

const optics: PlannedClass = { id: 'planned', title: 'Optics', teacher: 'A. Lang', startsAtMs: 60 * MINUTE, endsAtMs: 105 * MINUTE };
const waves: PlannedClass = { id: 'waves', title: 'Waves', teacher: 'A. Lang', startsAtMs: 105 * MINUTE, endsAtMs: 150 * MINUTE };
const touch: LessonPolicy = { startBy: 'touch', leadMs: 10 * MINUTE, graceMs: 10 * MINUTE, warnMs: 5 * MINUTE, overlap: 'end-first' };

function classroom(policy: Partial<LessonPolicy> = {}, timetable: readonly PlannedClass[] = [optics]): Classroom {
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
    journal: { outcomeOf: ({ id }) => outcomes.get(id) ?? null, note: ({ id }, outcome) => void outcomes.set(id, outcome), knownSinceMs: 0 },
    clock: {
      nowMs: () => nowMs,
      get inDoubt() {
        return inDoubt;
      },
    },
    log,
    policy: { ...touch, ...policy },
    room: () => ({ id: 'room-301', timetable }),
    changed: () => undefined,
  });
}

beforeEach(() => {
  nowMs = 0;
  done = [];
  kept = IDLE;
  inDoubt = false;
  outcomes = new Map();
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

it('has a class on disk before it calls it held: killed in between, the restart goes on with it', async () => {
  nowMs = 60 * MINUTE;
  const room = classroom({ startBy: 'timetable' });
  const order: string[] = [];
  outcomes.set = function (id, outcome) {
    order.push(`${outcome} ${kept.phase}`);
    return Map.prototype.set.call(this, id, outcome) as typeof outcomes;
  };
  room.tick();
  expect(order).toEqual(['held preparing']);
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

/** What happened while the minutes went by, with the minute in front. */
async function day(room: Classroom, fromMinute: number, toMinute: number): Promise<string[]> {
  const events: string[] = [];
  for (let minute = fromMinute; minute <= toMinute; minute += 1) {
    nowMs = minute * MINUTE;
    done = [];
    // Handing over takes two looks: the class is closed, then the next one begins.
    for (let look = 0; look < 2; look += 1) {
      room.tick();
      await room.settled();
    }
    events.push(...done.filter((what) => /^(open|close|sound)/.test(what)).map((what) => `${minute} ${what}`));
  }
  return events;
}

it('holds the classes of a day by itself, one after the other, and has the microphone closed around them', async () => {
  const events = await day(classroom({ startBy: 'timetable' }, [optics, waves]), 40, 180);
  expect(events).toEqual(['40 sound false', '50 sound true', '60 open Optics', '105 sound false', '105 close', '105 sound true', '105 open Waves', '160 sound false', '160 close']);
  expect([...outcomes]).toEqual([['planned', 'held'], ['waves', 'held']]);
});

it('waits for a touch where it should, and says that a class was missed', async () => {
  const room = classroom();
  expect(await day(room, 40, 130)).toEqual(['40 sound false', '50 sound true', '105 sound false']);
  expect([outcomes.get('planned'), room.stateOf(optics)]).toEqual(['missed', 'missed']);
});

it('calls nothing missed that was recorded by who came before its lead time', async () => {
  nowMs = 45 * MINUTE;
  const room = classroom({}, [optics, waves]);
  await room.start({});
  await room.settled();
  await day(room, 46, 82);
  expect(outcomes.size).toBe(0);
  await day(room, 83, 106);
  expect([...outcomes]).toEqual([['planned', 'held']]);
  room.stop();
  await room.settled();
  await day(room, 107, 151);
  expect([...outcomes]).toEqual([['planned', 'held'], ['waves', 'missed']]);
});

it('ends a class that nobody ends, after the grace', async () => {
  nowMs = 58 * MINUTE;
  const room = classroom();
  await room.start({});
  await room.settled();
  expect(room.ending()).toEqual({ atMs: 115 * MINUTE, reason: 'time-over', warn: false });
  const events = await day(room, 59, 120);
  expect(events).toEqual(['115 sound false', '115 close']);
});

it('lets an extended class run into the next one, which then begins late', async () => {
  nowMs = 60 * MINUTE;
  const room = classroom({ startBy: 'timetable' }, [optics, waves]);
  await room.start({});
  await room.settled();
  room.extend(10);
  expect(room.ending()).toMatchObject({ atMs: 115 * MINUTE, reason: 'time-over' });
  expect(await day(room, 104, 116)).toEqual(['115 sound false', '115 close', '115 sound true', '115 open Waves']);
});

it('gives a freed room to whoever asks next', async () => {
  nowMs = 62 * MINUTE;
  const room = classroom({ startBy: 'timetable' });
  await room.start({});
  await room.settled();
  room.stop();
  await room.settled();
  expect(await day(room, 63, 80)).toEqual([]);
  await room.start({ title: 'Tutorial' });
  expect(room.lesson).toMatchObject({ facts: { title: 'Tutorial', timetableId: null, endsAtMs: null } });
});

it('neither begins a class nor calls one missed while nobody knows what time it is', async () => {
  inDoubt = true;
  const room = classroom({ startBy: 'timetable' });
  expect((await day(room, 60, 120)).filter((event) => event.includes('open'))).toEqual([]);
  expect(outcomes.size).toBe(0);
});

it('ends a class properly whose planned end passed while the box was down', async () => {
  nowMs = 60 * MINUTE;
  await classroom({ startBy: 'timetable' }, [optics]).start({});
  nowMs = 116 * MINUTE;
  done = [];
  const after = classroom({ startBy: 'timetable' }, [optics]);
  after.recover();
  await after.settled();
  expect([after.lesson.phase, done.includes('close'), done.includes('begin')]).toEqual(['idle', true, false]);
  after.tick();
  expect(after.lesson.phase).toBe('idle');
});

it('shows the class after the running one as next', async () => {
  nowMs = 60 * MINUTE;
  const room = classroom({}, [optics, waves]);
  expect(room.next()?.id).toBe('planned');
  await room.start({});
  expect([room.next()?.id, room.stateOf(optics), room.stateOf(waves)]).toEqual(['waves', 'running', 'coming']);
});

it('goes on when its entry is made anew, and holds that one once only', async () => {
  nowMs = 52 * MINUTE;
  const timetable = [optics];
  const room = classroom({ startBy: 'timetable' }, timetable);
  await room.start({});
  await room.settled();
  const anew = { ...optics, id: 'anew', startsAtMs: 65 * MINUTE, endsAtMs: 110 * MINUTE };
  timetable.splice(0, 1, anew);
  expect(await day(room, 80, 90)).toEqual([]);
  expect([room.stateOf(anew), room.next(), outcomes.get('anew')]).toEqual(['running', null, 'held']);
  room.stop();
  await room.settled();
  expect(await day(room, 91, 111)).toEqual([]);
  expect([room.stateOf(anew), outcomes.get('anew')]).toEqual(['done', 'held']);
});

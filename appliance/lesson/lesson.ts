/**
 * The class as a state machine (pure). What has to be done at a transition comes out as data; `classroom.ts` does it.
 *
 *     idle -start-> preparing -recording-settled-> live <-pause/resume-> paused
 *                        \__________stop__________/  \______stop_____/
 *                                      v                    v
 *                                   ending -recording-closed-> idle
 */
export interface LessonFacts {
  readonly id: string;
  /** UUIDv7; the same one after a restart, so that a class is one recording whatever happens to the box. */
  readonly recordingId: string;
  /** The timetable's entry this class belongs to; null for one that nobody planned. */
  readonly timetableId: string | null;
  readonly room: string;
  readonly title: string;
  readonly teacher: string;
  readonly startedAtMs: number;
  /** Null where nobody planned an end. */
  readonly endsAtMs: number | null;
  /** When its entry was planned for at Start: moved or made anew it is known by that. Absent in an unplanned class, and in one that an older version began. */
  readonly planned?: { readonly startsAtMs: number; readonly endsAtMs: number };
  /** Somebody said that this class takes longer: it ends when it was extended to. */
  readonly extended?: true;
}

export type Lesson =
  | { readonly phase: 'idle' }
  | { readonly phase: 'preparing' | 'live' | 'paused' | 'ending'; readonly facts: LessonFacts };

export type LessonEvent =
  | { readonly type: 'start'; readonly facts: LessonFacts }
  /** The recorder took its first bytes, or failed and is being retried: the class goes on either way. */
  | { readonly type: 'recording-settled' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'extend'; readonly minutes: number; readonly atMs: number }
  | { readonly type: 'stop' }
  | { readonly type: 'recording-closed' };

export type LessonEffect =
  | { readonly type: 'open-recording'; readonly facts: LessonFacts }
  | { readonly type: 'close-recording'; readonly facts: LessonFacts }
  | { readonly type: 'begin-uplink' }
  | { readonly type: 'end-uplink' }
  | { readonly type: 'hold-program'; readonly held: boolean };

export interface Step {
  readonly lesson: Lesson;
  readonly effects: readonly LessonEffect[];
}

export const IDLE: Lesson = { phase: 'idle' };

/** An event that means nothing in a phase changes nothing: that is what makes a double press start one class. */
export function next(lesson: Lesson, event: LessonEvent): Step {
  switch (event.type) {
    case 'start':
      return lesson.phase === 'idle' ? begin(event.facts) : unchanged(lesson);
    case 'recording-settled':
      return lesson.phase === 'preparing' ? { lesson: { phase: 'live', facts: lesson.facts }, effects: [] } : unchanged(lesson);
    case 'pause':
      return lesson.phase === 'live' ? hold(lesson.facts, true) : unchanged(lesson);
    case 'resume':
      return lesson.phase === 'paused' ? hold(lesson.facts, false) : unchanged(lesson);
    case 'extend':
      return extend(lesson, event.minutes, event.atMs);
    case 'stop':
      return stop(lesson);
    case 'recording-closed':
      return lesson.phase === 'ending' ? { lesson: IDLE, effects: [] } : unchanged(lesson);
  }
}

/** What to do with a class found in the store at start: the process died in the middle of it. */
export function restore(lesson: Lesson): Step {
  switch (lesson.phase) {
    case 'idle':
      return unchanged(lesson);
    case 'ending':
      return { lesson, effects: [{ type: 'close-recording', facts: lesson.facts }] };
    case 'preparing':
    case 'live':
      return { lesson, effects: [{ type: 'begin-uplink' }, { type: 'open-recording', facts: lesson.facts }] };
    case 'paused':
      return {
        lesson,
        effects: [{ type: 'hold-program', held: true }, { type: 'begin-uplink' }, { type: 'open-recording', facts: lesson.facts }],
      };
  }
}

const unchanged = (lesson: Lesson): Step => ({ lesson, effects: [] });

function begin(facts: LessonFacts): Step {
  return { lesson: { phase: 'preparing', facts }, effects: [{ type: 'begin-uplink' }, { type: 'open-recording', facts }] };
}

function hold(facts: LessonFacts, held: boolean): Step {
  return { lesson: { phase: held ? 'paused' : 'live', facts }, effects: [{ type: 'hold-program', held }] };
}

/** From the planned end; from now where that has passed or was never planned. */
function extend(lesson: Lesson, minutes: number, atMs: number): Step {
  if (lesson.phase === 'idle' || lesson.phase === 'ending') return unchanged(lesson);
  const endsAtMs = Math.max(lesson.facts.endsAtMs ?? atMs, atMs) + minutes * 60_000;
  return { lesson: { ...lesson, facts: { ...lesson.facts, endsAtMs, extended: true } }, effects: [] };
}

function stop(lesson: Lesson): Step {
  if (lesson.phase === 'idle' || lesson.phase === 'ending') return unchanged(lesson);
  const { facts } = lesson;
  const release: LessonEffect[] = lesson.phase === 'paused' ? [{ type: 'hold-program', held: false }] : [];
  // The uplink goes first: nothing may leave the room after End, however long the recording takes to close.
  return { lesson: { phase: 'ending', facts }, effects: [{ type: 'end-uplink' }, { type: 'close-recording', facts }, ...release] };
}

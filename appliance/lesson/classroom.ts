import type { Clock } from '#kit/media/clock.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { v7 as uuidv7 } from 'uuid';
import { IDLE, next, restore, type Lesson, type LessonEffect, type LessonEvent, type LessonFacts, type Step } from './lesson.ts';
import type { ClassJournal, ClassProgram, ClassRecording, ClassUplink, LessonStore } from './ports.ts';
import { alsoHeld, dueNow, endingOf, ownEntry, type Ending, type LessonPolicy } from './timekeeping.ts';
import { classToStart, nextClass, soundWanted, type PlannedClass } from './timetable.ts';

export interface ClassroomParts {
  readonly store: LessonStore;
  readonly recording: ClassRecording;
  readonly uplink: ClassUplink;
  readonly program: ClassProgram;
  readonly journal: ClassJournal;
  readonly clock: Pick<Clock, 'nowMs'> & { readonly inDoubt: boolean };
  readonly log: Log;
  readonly policy: LessonPolicy;
  /** Room and timetable as last known; a room that was never claimed and has no calendar has an empty one. */
  readonly room: () => { readonly id: string; readonly timetable: readonly PlannedClass[] };
  readonly changed: () => void;
}

/** Start presses wait this long for the previous class to close. */
const CLOSING_WAIT_MS = 5_000;

/** Does what the lesson's state machine says: one transition at a time, on disk before anything happens. */
export class Classroom {
  readonly #parts: ClassroomParts;
  #lesson: Lesson = IDLE;
  #soundOn: boolean | null = null;
  #work: Promise<void> = Promise.resolve();

  constructor(parts: ClassroomParts) {
    this.#parts = parts;
  }

  get lesson(): Lesson {
    return this.#lesson;
  }

  /** Whether the microphone is open, or about to be. */
  get soundCaptured(): boolean {
    return this.#soundOn === true;
  }

  /** The class that Start would begin; while one runs, the one after it. */
  next(): PlannedClass | null {
    return nextClass(this.#parts.room().timetable, (planned) => this.#isHeld(planned), this.#parts.clock.nowMs());
  }

  /** How a planned class stands. */
  stateOf(planned: PlannedClass): 'coming' | 'running' | 'done' | 'missed' {
    if (this.#lesson.phase !== 'idle' && ownEntry(this.#lesson.facts, this.#parts.room().timetable)?.id === planned.id) return 'running';
    const outcome = this.#parts.journal.outcomeOf(planned);
    if (outcome !== null) return outcome === 'held' ? 'done' : 'missed';
    return planned.endsAtMs <= this.#parts.clock.nowMs() ? 'done' : 'coming';
  }

  /** When the box ends the running class by itself; null while none runs. */
  ending(): (Ending & { readonly warn: boolean }) | null {
    if (this.#lesson.phase === 'idle' || this.#lesson.phase === 'ending') return null;
    const { room, policy, clock } = this.#parts;
    const ending = endingOf(this.#lesson.facts, room().timetable, policy);
    return { ...ending, warn: clock.nowMs() >= ending.atMs - policy.warnMs };
  }

  /** Takes up the class that was running when the process died; ends one whose time was over meanwhile. */
  recover(): void {
    const found = this.#parts.store.load();
    if (found.phase === 'idle') return;
    const { room, policy, clock, log } = this.#parts;
    const overdue = found.phase !== 'ending' && endingOf(found.facts, room().timetable, policy).atMs <= clock.nowMs();
    const lesson: Lesson = overdue ? { phase: 'ending', facts: found.facts } : found;
    log.warn({ lesson: found.facts.id, phase: lesson.phase, overdue }, 'a class was running when the appliance stopped');
    this.#take(restore(lesson));
  }

  /** A second press while a class runs starts nothing. */
  async start(request: { title?: string; teacher?: string }): Promise<void> {
    if (this.#lesson.phase === 'ending') await this.#closed();
    if (this.#lesson.phase !== 'idle') return;
    this.#apply({ type: 'start', facts: this.#plan(request, this.#meant()) });
  }

  pause(): void {
    this.#need('pause');
    this.#apply({ type: 'pause' });
  }

  resume(): void {
    this.#need('resume');
    this.#apply({ type: 'resume' });
  }

  extend(minutes: number): void {
    this.#need('extend');
    this.#apply({ type: 'extend', minutes, atMs: this.#parts.clock.nowMs() });
  }

  stop(): void {
    if (this.#lesson.phase === 'idle') throw new CodedError('no_class', 'No class is running in this room.', { status: 409 });
    this.#apply({ type: 'stop' });
  }

  /** Begins and ends classes and opens the microphone by the timetable; called a few times a second. */
  tick(): void {
    this.#followEntry();
    this.#followTimetable();
    this.#followSound();
  }

  /** Resolves when the work of every transition so far is done. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** The running class's entry may be moved or made anew under it. */
  #followEntry(): void {
    if (this.#lesson.phase === 'idle') return;
    const { room, policy, clock } = this.#parts;
    const held = alsoHeld(this.#lesson.facts, room().timetable, policy.leadMs, clock.nowMs());
    if (held !== null && !this.#isHeld(held)) this.#note(held, 'held');
  }

  #followTimetable(): void {
    const { room, clock, journal, policy, log } = this.#parts;
    const due = dueNow(
      {
        lesson: this.#lesson, timetable: room().timetable, isSettled: (planned) => journal.outcomeOf(planned) !== null,
        knownSinceMs: journal.knownSinceMs, clockInDoubt: clock.inDoubt, nowMs: clock.nowMs(),
      },
      policy,
    );
    for (const planned of due.missed) this.#note(planned, 'missed');
    if (due.stop !== null) {
      log.info({ reason: due.stop.reason }, 'the class is ended by the timetable');
      this.#apply({ type: 'stop' });
    }
    if (due.start !== null) {
      log.info({ planned: due.start.id }, 'a planned class begins by itself');
      this.#apply({ type: 'start', facts: this.#plan({}, due.start) });
    }
  }

  #followSound(): void {
    const { policy, clock, program } = this.#parts;
    const wanted = soundWanted(this.#lesson, this.#meant(), policy.leadMs, clock.nowMs());
    if (wanted === this.#soundOn) return;
    this.#soundOn = wanted;
    program.setSoundCapture(wanted);
  }

  #plan(request: { title?: string; teacher?: string }, planned: PlannedClass | null): LessonFacts {
    return {
      id: uuidv7(),
      recordingId: uuidv7(),
      timetableId: planned?.id ?? null,
      room: this.#parts.room().id,
      title: request.title ?? planned?.title ?? 'Class',
      teacher: request.teacher ?? planned?.teacher ?? '',
      startedAtMs: this.#parts.clock.nowMs(),
      endsAtMs: planned?.endsAtMs ?? null,
      ...(planned === null ? {} : { planned: { startsAtMs: planned.startsAtMs, endsAtMs: planned.endsAtMs } }),
    };
  }

  /** What Start means now: a planned class, or one that nobody planned. */
  #meant(): PlannedClass | null {
    const { room, policy, clock } = this.#parts;
    return classToStart(room().timetable, (planned) => this.#isHeld(planned), policy.leadMs, clock.nowMs());
  }

  #isHeld(planned: PlannedClass): boolean {
    return this.#parts.journal.outcomeOf(planned) === 'held';
  }

  #note(planned: PlannedClass, outcome: 'held' | 'missed'): void {
    const { journal, clock, log } = this.#parts;
    if (outcome === 'missed') log.warn({ planned: planned.id, title: planned.title }, 'a planned class was not held');
    try {
      journal.note(planned, outcome, clock.nowMs());
    } catch (thrown) {
      log.error({ reason: reasonOf(thrown) }, 'what became of a planned class could not be written to the store');
    }
  }

  #need(action: string): void {
    if (this.#lesson.phase !== 'idle' && this.#lesson.phase !== 'ending') return;
    throw new CodedError('no_class', `There is no running class to ${action}. Press Start class first.`, { status: 409 });
  }

  async #closed(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), CLOSING_WAIT_MS);
    });
    const outcome = await Promise.race([this.#work, late]);
    clearTimeout(timer);
    if (outcome === 'late' && this.#lesson.phase === 'ending') {
      throw new CodedError('class_ending', 'The previous class is still being closed. Press Start class again in a few seconds.', { status: 409 });
    }
  }

  #apply(event: LessonEvent): void {
    this.#take(next(this.#lesson, event));
  }

  #take(step: Step): void {
    if (step.lesson !== this.#lesson) this.#keep(step.lesson);
    this.#followSound();
    for (const effect of step.effects) this.#queue(effect);
    this.#parts.changed();
  }

  #keep(lesson: Lesson): void {
    const begun = this.#lesson.phase === 'idle' && lesson.phase !== 'idle';
    this.#lesson = lesson;
    try {
      this.#parts.store.save(lesson);
    } catch (thrown) {
      // A full disk must not stop a class from starting or ending; a restart would then not resume it.
      this.#parts.log.error({ reason: reasonOf(thrown) }, 'the class could not be written to the store');
    }
    // After the class: killed in between, the restart goes on with it. The other way round it would count as held, and never begin.
    const planned = begun ? this.#parts.room().timetable.find(({ id }) => id === lesson.facts.timetableId) : undefined;
    if (planned !== undefined) this.#note(planned, 'held');
  }

  #queue(effect: LessonEffect): void {
    this.#work = this.#work
      .then(() => this.#perform(effect))
      .catch((thrown: unknown) => {
        this.#parts.log.error({ effect: effect.type, reason: reasonOf(thrown) }, 'a step of the class failed');
      });
  }

  async #perform(effect: LessonEffect): Promise<void> {
    const { recording, uplink, program } = this.#parts;
    switch (effect.type) {
      case 'open-recording':
        await recording.open(effect.facts).finally(() => this.#apply({ type: 'recording-settled' }));
        return;
      case 'close-recording':
        await recording.close(effect.facts).finally(() => this.#apply({ type: 'recording-closed' }));
        return;
      case 'begin-uplink':
        uplink.begin();
        return;
      case 'end-uplink':
        await uplink.end();
        return;
      case 'hold-program':
        program.setPaused(effect.held);
    }
  }
}

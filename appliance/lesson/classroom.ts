import type { Clock } from '#kit/media/clock.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { v7 as uuidv7 } from 'uuid';
import { IDLE, next, restore, stillScheduled, type Lesson, type LessonEffect, type LessonEvent, type LessonFacts, type Step } from './lesson.ts';
import type { ClassProgram, ClassRecording, ClassUplink, LessonStore } from './ports.ts';
import { nextClass, soundWanted, startsNow, type PlannedClass } from './timetable.ts';

export interface ClassroomParts {
  readonly store: LessonStore;
  readonly recording: ClassRecording;
  readonly uplink: ClassUplink;
  readonly program: ClassProgram;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
  readonly leadMs: number;
  /** Room and timetable as campus last said; a room that was never claimed has an empty timetable. */
  readonly room: () => { readonly id: string; readonly timetable: readonly PlannedClass[] };
  readonly changed: () => void;
}

/** Start presses wait this long for the previous class to close. */
const CLOSING_WAIT_MS = 5_000;

/** Does what the lesson's state machine says: one transition at a time, on disk before anything happens. */
export class Classroom {
  readonly #parts: ClassroomParts;
  #lesson: Lesson = IDLE;
  #heldId: string | null = null;
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

  next(): PlannedClass | null {
    return nextClass(this.#parts.room().timetable, this.#heldId, this.#parts.clock.nowMs());
  }

  /** How a planned class stands. */
  stateOf(id: string, endsAtMs: number): 'coming' | 'running' | 'done' {
    if (this.#lesson.phase !== 'idle' && this.#lesson.facts.timetableId === id) return 'running';
    return id === this.#heldId || endsAtMs <= this.#parts.clock.nowMs() ? 'done' : 'coming';
  }

  /** Takes up the class that was running when the process died; ends one whose time is long over. */
  recover(): void {
    const { lesson: found, heldId } = this.#parts.store.load();
    this.#heldId = heldId;
    if (found.phase === 'idle') return;
    const overdue = found.phase !== 'ending' && !stillScheduled(found.facts, this.#parts.clock.nowMs());
    const lesson: Lesson = overdue ? { phase: 'ending', facts: found.facts } : found;
    this.#parts.log.warn({ lesson: found.facts.id, phase: lesson.phase, overdue }, 'a class was running when the appliance stopped');
    this.#take(restore(lesson));
  }

  /** A second press while a class runs starts nothing. */
  async start(request: { title?: string; teacher?: string }): Promise<void> {
    if (this.#lesson.phase === 'ending') await this.#closed();
    if (this.#lesson.phase !== 'idle') return;
    this.#apply({ type: 'start', facts: this.#plan(request) });
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

  /** Opens and closes the microphone by the timetable; called every second. */
  tick(): void {
    const { room, leadMs, clock, program } = this.#parts;
    const planned = nextClass(room().timetable, this.#heldId, clock.nowMs());
    const wanted = soundWanted(this.#lesson, planned, leadMs, clock.nowMs());
    if (wanted === this.#soundOn) return;
    this.#soundOn = wanted;
    program.setSoundCapture(wanted);
  }

  /** Resolves when the work of every transition so far is done. */
  settled(): Promise<void> {
    return this.#work;
  }

  #plan(request: { title?: string; teacher?: string }): LessonFacts {
    const nowMs = this.#parts.clock.nowMs();
    const room = this.#parts.room();
    const candidate = nextClass(room.timetable, this.#heldId, nowMs);
    const planned = startsNow(candidate, this.#parts.leadMs, nowMs) ? candidate : null;
    return {
      id: uuidv7(),
      recordingId: uuidv7(),
      timetableId: planned?.id ?? null,
      room: room.id,
      title: request.title ?? planned?.title ?? 'Class',
      teacher: request.teacher ?? planned?.teacher ?? '',
      startedAtMs: nowMs,
      endsAtMs: planned?.endsAtMs ?? null,
    };
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
    this.tick();
    for (const effect of step.effects) this.#queue(effect);
    this.#parts.changed();
  }

  #keep(lesson: Lesson): void {
    if (lesson.phase === 'ending') this.#heldId = lesson.facts.timetableId;
    this.#lesson = lesson;
    try {
      this.#parts.store.save({ lesson, heldId: this.#heldId });
    } catch (thrown) {
      // A full disk must not stop a class from starting or ending; a restart would then not resume it.
      this.#parts.log.error({ reason: reasonOf(thrown) }, 'the class could not be written to the store');
    }
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

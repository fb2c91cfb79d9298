import type { Lesson, LessonFacts } from './lesson.ts';
import type { PlannedClass } from './timetable.ts';

/** The class outlives the process. `save` returns when it is on disk. */
export interface LessonStore {
  load(): Lesson;
  save(lesson: Lesson): void;
}

/** What became of planned classes, by their id and start: one that is moved to another time can be held again. */
export interface ClassJournal {
  outcomeOf(planned: PlannedClass): 'held' | 'missed' | null;
  /** Returns when it is on disk. */
  note(planned: PlannedClass, outcome: 'held' | 'missed', atMs: number): void;
  /** Since when this room has had a timetable, epoch ms. */
  readonly knownSinceMs: number;
}

/** The class's recording. Never rejects for a disk that fails: it retries by itself and says so in the room's state. */
export interface ClassRecording {
  /** Resolves when the recorder is attached, or has failed once and is being retried. */
  open(facts: LessonFacts): Promise<void>;
  /** Resolves when everything is on disk and closed. */
  close(facts: LessonFacts): Promise<void>;
}

export interface ClassUplink {
  begin(): void;
  end(): Promise<void>;
}

/** What the lesson may tell the picture and sound. */
export interface ClassProgram {
  setPaused(paused: boolean): void;
  setSoundCapture(on: boolean): void;
}

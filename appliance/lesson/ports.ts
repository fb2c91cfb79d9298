import type { Lesson, LessonFacts } from './lesson.ts';

/** What outlives the process: the class, and the timetable entry that was last ended by hand. */
export interface KeptLesson {
  readonly lesson: Lesson;
  readonly heldId: string | null;
}

/** `save` returns when it is on disk. */
export interface LessonStore {
  load(): KeptLesson;
  save(kept: KeptLesson): void;
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

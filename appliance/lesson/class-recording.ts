import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { backoffMs, sleep } from '#kit/process/supervisor.ts';
import type { LessonFacts } from './lesson.ts';
import type { ClassRecording } from './ports.ts';

/** What the class needs of a recorder; `R` is what it reports. */
export interface ClassRecorder<R> {
  report(): R;
  setPaused(paused: boolean, atMs: number): void;
  erase(seconds: number, nowUs: number): Promise<void>;
  /** `endUs`: the program's time at End; what is missing up to there is stated. Null where that is not known. */
  finish(endUs: number | null): Promise<void>;
  /** Leaves the recording open for the next start, with everything captured on disk and no file held. */
  release(): Promise<void>;
}

export interface ClassRecordingParts<R> {
  readonly openRecorder: (facts: LessonFacts) => Promise<ClassRecorder<R>>;
  /** Ends a recording that no recorder has open; what its last one said of it, null where it had none. */
  readonly endOrphan: (recordingId: string, report: R | null) => Promise<void>;
  /** Puts the recorder on the class; the result takes it off. */
  readonly attach: (recorder: ClassRecorder<R>) => () => void;
  /** The recording's time, epoch ms. */
  readonly nowMs: () => number;
  readonly log: Log;
  /** How often the end of a recording that the disk refused is tried again, ms. */
  readonly orphanRetryMs?: number;
}

/** From the press of Start to the press of End. */
interface Attempt {
  readonly stop: AbortController;
  /** The class has ended, and waits for the disk no longer. */
  isGivenUp: boolean;
}

interface Running<R> {
  readonly recorder: ClassRecorder<R>;
  readonly detach: () => void;
}

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 3_000;
/** A disk that does not even refuse must not keep a class from going live, nor the press of End from being heard. */
const OPEN_MS = 5_000;
/** A disk that takes nothing must not keep a class "ending" for ever: what it holds is ended later. */
const FINISH_MS = 10_000;
const ORPHAN_RETRY_MS = 10_000;

/** The recording of the class that runs, opened again and again where the disk refuses. */
export class RecordedClass<R> implements ClassRecording {
  readonly #parts: ClassRecordingParts<R>;
  readonly #closed = new AbortController();
  #running: Running<R> | null = null;
  #attempt: Attempt = { stop: new AbortController(), isGivenUp: false };
  #opening: Promise<void> = Promise.resolve();
  /** The last class's recording, until it is on the disk as a whole. */
  #ending: Promise<void> = Promise.resolve();
  #last: R | null = null;
  #paused = false;
  #problem = '';
  #wanted = false;

  constructor(parts: ClassRecordingParts<R>) {
    this.#parts = parts;
  }

  get attached(): boolean {
    return this.#running !== null;
  }

  /** A class runs that is to be recorded, whether it is or not. */
  get wanted(): boolean {
    return this.#wanted;
  }

  /** Of the running recording, else of the last one; null where there was none since the start. */
  report(): R | null {
    return this.#running?.recorder.report() ?? this.#last;
  }

  /** One sentence while the recording can't be opened; else empty. */
  get problem(): string {
    return this.#problem;
  }

  async open(facts: LessonFacts): Promise<void> {
    this.#attempt = { stop: new AbortController(), isGivenUp: false };
    this.#wanted = true;
    const firstTry = Promise.withResolvers<void>();
    this.#opening = this.#keepTrying(facts, this.#attempt, firstTry.resolve);
    if (!(await within(firstTry.promise, OPEN_MS))) this.#problem = 'The disk does not answer. The recording begins as soon as it does.';
  }

  async close(facts: LessonFacts, endUs: number | null = null): Promise<void> {
    this.#attempt.stop.abort();
    this.#wanted = false;
    this.#attempt.isGivenUp = !(await within(this.#opening, FINISH_MS)) && this.#running === null;
    this.#problem = '';
    if (this.#attempt.isGivenUp) return void this.#opening.then(() => this.#endLater(facts.recordingId, null));
    const running = this.#running;
    running?.detach();
    this.#ending = this.#end(facts.recordingId, running?.recorder ?? null, endUs);
    await within(this.#ending, FINISH_MS);
    this.#last = running?.recorder.report() ?? this.#last;
    this.#running = null;
  }

  /** The program is held, or runs again: the recording says so. */
  setPaused(paused: boolean, atMs: number): void {
    this.#paused = paused;
    this.#running?.recorder.setPaused(paused, atMs);
  }

  /** @throws CodedError 409 `no_recording`, 503 `erase_pending` */
  async erase(seconds: number, nowUs: number): Promise<void> {
    if (this.#running === null || !this.#wanted) {
      throw new CodedError('no_recording', 'Nothing is being recorded, so there is nothing to erase.', { status: 409 });
    }
    await this.#running.recorder.erase(seconds, nowUs);
  }

  /** At shutdown: resolves when what was captured is on disk, of a class that runs, which goes on after the restart, and of one that has just ended. */
  async detach(): Promise<void> {
    this.#attempt.stop.abort();
    this.#closed.abort();
    this.#attempt.isGivenUp = !(await within(this.#opening, FINISH_MS));
    this.#running?.detach();
    await this.#running?.recorder.release();
    await within(this.#ending, FINISH_MS);
  }

  async #keepTrying(facts: LessonFacts, attempt: Attempt, tried: () => void): Promise<void> {
    const { signal } = attempt.stop;
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        const recorder = await this.#parts.openRecorder(facts);
        if (attempt.isGivenUp) return await recorder.release();
        this.#running = { recorder, detach: this.#parts.attach(recorder) };
        recorder.setPaused(this.#paused, this.#parts.nowMs());
        this.#problem = '';
        return tried();
      } catch (thrown) {
        this.#parts.log.error({ reason: reasonOf(thrown) }, 'the recording could not be opened');
        if (!attempt.isGivenUp) this.#problem = `The disk refuses the recording (${reasonOf(thrown)}). This box keeps trying.`;
        tried();
        await sleep(backoffMs(failures, RETRY_MIN_MS, RETRY_MAX_MS), signal);
      }
    }
  }

  /** However long that takes. As long as a recorder writes, nobody else does: one file has one writer. */
  async #end(id: string, recorder: ClassRecorder<R> | null, endUs: number | null): Promise<void> {
    if (recorder !== null && (await this.#finish(recorder, endUs))) return;
    const report = recorder?.report() ?? null;
    if (!(await this.#endOrphan(id, report))) void this.#endLater(id, report);
  }

  async #finish(recorder: ClassRecorder<R>, endUs: number | null): Promise<boolean> {
    try {
      await recorder.finish(endUs);
      return true;
    } catch (thrown) {
      this.#parts.log.error({ reason: reasonOf(thrown) }, 'the recording could not be closed');
      return false;
    }
  }

  async #endOrphan(id: string, report: R | null): Promise<boolean> {
    try {
      await this.#parts.endOrphan(id, report);
      return true;
    } catch (thrown) {
      this.#parts.log.error({ recording: id, reason: reasonOf(thrown) }, 'a recording could not be ended; it is tried again');
      return false;
    }
  }

  async #endLater(id: string, report: R | null): Promise<void> {
    const { signal } = this.#closed;
    do await sleep(this.#parts.orphanRetryMs ?? ORPHAN_RETRY_MS, signal);
    while (!signal.aborted && !(await this.#endOrphan(id, report)));
  }
}

/** Whether it was done in time. Rejects as `done` does. */
async function within(done: Promise<void>, ms: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  try {
    return await Promise.race([done.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

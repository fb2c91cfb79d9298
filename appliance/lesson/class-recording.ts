import type { PacketSink } from '#kit/media/packet.ts';
import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { backoffMs, sleep } from '#kit/process/supervisor.ts';
import type { LessonFacts } from './lesson.ts';
import type { ClassRecording } from './ports.ts';

/** What is known of a recording by those who write it. */
export interface RecorderReport {
  readonly id: string;
  readonly bytes: number;
  readonly lastFragmentAtMs: number | null;
  readonly decoded: boolean | null;
  readonly gaps: readonly { readonly fromMs: number; readonly toMs: number; readonly reason: string }[];
  readonly problem: string;
}

export interface ClassRecorder extends PacketSink {
  report(): RecorderReport;
  finish(): Promise<void>;
}

export interface ClassRecordingParts {
  readonly openRecorder: (facts: LessonFacts) => Promise<ClassRecorder>;
  /** Ends a recording that no recorder has open. */
  readonly endOrphan: (recordingId: string) => Promise<void>;
  /** Puts the recorder on the program; the result takes it off. */
  readonly attach: (recorder: ClassRecorder) => () => void;
  readonly log: Log;
}

interface Running {
  readonly recorder: ClassRecorder;
  readonly detach: () => void;
}

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 3_000;
/** A disk that takes nothing must not keep a class "ending" for ever: what it holds is recovered at the next start. */
const FINISH_MS = 10_000;

/** The recording of the class that runs, opened again and again where the disk refuses. */
export class RecordedClass implements ClassRecording {
  readonly #parts: ClassRecordingParts;
  #running: Running | null = null;
  #stop = new AbortController();
  #opening: Promise<void> = Promise.resolve();
  #last: RecorderReport | null = null;
  #problem = '';

  constructor(parts: ClassRecordingParts) {
    this.#parts = parts;
  }

  get attached(): boolean {
    return this.#running !== null;
  }

  /** Of the running recording, else of the last one; null where there was none since the start. */
  report(): RecorderReport | null {
    return this.#running?.recorder.report() ?? this.#last;
  }

  /** One sentence while the recording can't be opened; else empty. */
  get problem(): string {
    return this.#problem;
  }

  async open(facts: LessonFacts): Promise<void> {
    this.#stop = new AbortController();
    const firstTry = Promise.withResolvers<void>();
    this.#opening = this.#keepTrying(facts, this.#stop.signal, firstTry.resolve);
    await firstTry.promise;
  }

  async close(facts: LessonFacts): Promise<void> {
    this.#stop.abort();
    await this.#opening;
    this.#problem = '';
    const running = this.#running;
    if (running === null) return this.#parts.endOrphan(facts.recordingId);
    running.detach();
    await this.#finish(running.recorder);
    this.#last = running.recorder.report();
    this.#running = null;
  }

  /** At shutdown in the middle of a class: what was released is safe, and the class goes on after the restart. */
  detach(): void {
    this.#stop.abort();
    this.#running?.detach();
  }

  async #keepTrying(facts: LessonFacts, signal: AbortSignal, tried: () => void): Promise<void> {
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        const recorder = await this.#parts.openRecorder(facts);
        this.#running = { recorder, detach: this.#parts.attach(recorder) };
        this.#problem = '';
        return tried();
      } catch (thrown) {
        this.#parts.log.error({ reason: reasonOf(thrown) }, 'the recording could not be opened');
        this.#problem = `The disk refuses the recording (${reasonOf(thrown)}). This box keeps trying.`;
        tried();
        await sleep(backoffMs(failures, RETRY_MIN_MS, RETRY_MAX_MS), signal);
      }
    }
  }

  async #finish(recorder: ClassRecorder): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#parts.log.error('the recording could not be closed in time; it is recovered at the next start');
        resolve();
      }, FINISH_MS);
    });
    await Promise.race([recorder.finish(), late]);
    clearTimeout(timer);
  }
}

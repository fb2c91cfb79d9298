import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { backoffMs, sleep } from '#kit/process/supervisor.ts';
import { partName, type RecordingMeta } from '../contract/recording-folder.ts';
import type { FromUploader, UploaderConfig } from '../contract/uploader.ts';
import type { RecordingsFolder } from './folder.ts';
import type { Memory } from './memory.ts';
import { nextJob, pendingBytes, type Job, type PartView, type RecordingView } from './next-job.ts';
import { Pace } from './pace.ts';
import { announcementOf, Sender } from './sender.ts';
import { uploadStatus } from './status.ts';
import { Refused, type Credentials } from './tus-client.ts';

export interface UploaderDeps {
  readonly config: UploaderConfig;
  readonly memory: Memory;
  readonly folder: RecordingsFolder;
  readonly log: Log;
  readonly onStatus: (status: FromUploader) => void;
}

/** While a class is being recorded there is something new every second, also when nobody says so. */
const LIVE_POLL_MS = 1_000;
const IDLE_POLL_MS = 5_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A first failure is a hiccup; from the second on it is told. */
const TOLD_FROM = 2;

interface Trouble {
  readonly failures: number;
  readonly notBeforeMs: number;
  readonly problem: string;
  readonly job: Job['kind'];
}

/** The line to the library as a whole, as opposed to one recording. */
const LINE = 'line';

/** Brings every recording on the box to the library, over any number of restarts and outages, until the library calls it safe. */
export class Uploader {
  readonly #deps: UploaderDeps;
  readonly #pace: Pace;
  readonly #troubles = new Map<string, Trouble>();
  /** Recordings that are safe, which are not read again. */
  readonly #done = new Map<string, RecordingMeta>();
  #credentials: Credentials | null = null;
  #wake = new AbortController();

  constructor(deps: UploaderDeps) {
    this.#deps = deps;
    this.#pace = new Pace(deps.config.limitBytesPerSecond);
  }

  setCredentials(credentials: Credentials): void {
    this.#credentials = credentials;
    this.#troubles.delete(LINE);
    this.changed();
  }

  /** Look now. */
  changed(): void {
    this.#wake.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    const sender = new Sender({ memory: this.#deps.memory, pace: this.#pace, sleep: (ms) => sleep(ms, signal) });
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const views = await this.#look(sender);
      this.#tell(views);
      const now = performance.now();
      const job = this.#credentials && now >= this.#notBefore(LINE) ? nextJob(views, now) : null;
      if (job && this.#credentials) await this.#tellUntil(this.#do(sender, job, this.#credentials, signal), sender, signal);
      else await sleep(this.#waitMs(views, now), AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  /** A library that is slow to answer, or never does, keeps nobody from knowing what is on the box. */
  async #tellUntil(doing: Promise<void>, sender: Sender, signal: AbortSignal): Promise<void> {
    const done = new AbortController();
    const ended = doing.finally(() => done.abort());
    while (!done.signal.aborted && !signal.aborted) {
      await sleep(IDLE_POLL_MS, AbortSignal.any([signal, done.signal, this.#wake.signal]));
      if (done.signal.aborted || signal.aborted) break;
      this.#wake = new AbortController();
      this.#tell(await this.#look(sender));
    }
    await ended;
  }

  async #do(sender: Sender, job: Job, to: Credentials, signal: AbortSignal): Promise<void> {
    try {
      await sender.do(job, to, signal);
      this.#troubles.delete(LINE);
      const { id } = job.recording.meta;
      // Sending again after a wrong verdict succeeds step by step and may still go round in a circle: only the verdict ends that trouble.
      if (job.kind === 'manifest' || this.#troubles.get(id)?.job !== 'manifest') this.#troubles.delete(id);
    } catch (error) {
      if (signal.aborted) return;
      sender.failed(job, error);
      this.#failed(job, error, to);
    }
  }

  #failed(job: Job, error: unknown, to: Credentials): void {
    const key = error instanceof CodedError && error.code === 'unreachable' ? LINE : job.recording.meta.id;
    const failures = (this.#troubles.get(key)?.failures ?? 0) + 1;
    const waitMs = backoffMs(failures, FIRST_WAIT_MS, LONGEST_WAIT_MS);
    this.#troubles.set(key, { failures, notBeforeMs: performance.now() + waitMs, problem: problemOf(error), job: job.kind });
    this.#deps.log.warn({ recording: job.recording.meta.id, job: job.kind, failures, waitMs }, `upload step failed: ${reasonOf(error)}`);
    // The token was refused: the agent brings a new one, and until then there is nothing to try.
    if (error instanceof Refused && error.status === 401 && this.#credentials?.token === to.token) this.#credentials = null;
  }

  async #look(sender: Sender): Promise<RecordingView[]> {
    const views: RecordingView[] = [];
    const ids = await this.#deps.folder.list();
    // What was deleted to make room is in the library's hands alone.
    for (const id of this.#done.keys()) if (!ids.includes(id)) this.#done.delete(id);
    for (const id of ids) {
      if (this.#done.has(id)) continue;
      const view = await this.#view(id, sender);
      if (view?.safe) {
        this.#done.set(id, view.meta);
        this.#deps.folder.forget(id);
        this.#troubles.delete(id);
      } else if (view) views.push(view);
    }
    return views;
  }

  async #view(id: string, sender: Sender): Promise<RecordingView | null> {
    const { folder, memory } = this.#deps;
    if (memory.isSafe(id)) {
      const meta = await folder.meta(id);
      return meta && { meta, parts: [], announced: true, sent: new Map(), safe: true, notBeforeMs: 0 };
    }
    const recording = await folder.recording(id);
    if (!recording) return null;
    const sent = new Map<string, PartView>();
    for (const part of recording.parts) {
      const known = memory.part(id, part);
      if (known) sent.set(partName(part), { ...known, state: sender.stateOf(known.upload) });
    }
    return { ...recording, sent, safe: false, announced: memory.announced(id) === announcementOf(recording), notBeforeMs: this.#notBefore(id) };
  }

  #tell(views: readonly RecordingView[]): void {
    const safe = [...this.#done.values()].map((meta) => ({ meta, safe: true }));
    this.#deps.onStatus(
      uploadStatus({
        recordings: [...views.map(({ meta }) => ({ meta, safe: false })), ...safe],
        pendingBytes: views.reduce((sum, view) => sum + pendingBytes(view), 0),
        bytesPerSecond: this.#pace.rate,
        problem: this.#problem(),
      }),
    );
  }

  #problem(): string {
    if (!this.#credentials) return 'The box has no permission from campus yet. Recordings are safe on the box and go up by themselves.';
    return [...this.#troubles.values()].find(({ failures }) => failures >= TOLD_FROM)?.problem ?? '';
  }

  #waitMs(views: readonly RecordingView[], now: number): number {
    const poll = views.some(({ meta }) => meta.endedAt === null) ? LIVE_POLL_MS : IDLE_POLL_MS;
    const waits = [...this.#troubles.values()].map(({ notBeforeMs }) => notBeforeMs - now).filter((wait) => wait > 0);
    return Math.min(poll, ...waits);
  }

  #notBefore(key: string): number {
    return this.#troubles.get(key)?.notBeforeMs ?? 0;
  }
}

function problemOf(error: unknown): string {
  if (error instanceof CodedError) return error.message;
  return `A recording could not be sent: ${reasonOf(error)}. It is tried again.`;
}

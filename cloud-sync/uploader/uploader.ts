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
/** Between two looks at bytes that the box's disk has lost: each reads gigabytes, which the recording of the next class would notice. */
const DAMAGED_FIRST_WAIT_MS = 15_000;
const DAMAGED_LONGEST_WAIT_MS = 600_000;
/** A first failure is a hiccup; from the second on it is told, and damage at once. */
const TOLD_FROM = 2;

interface Trouble {
  readonly failures: number;
  readonly notBeforeMs: number;
  /** A sentence; empty for what only takes longer. */
  readonly problem: string;
  /** What failed: a step of the upload, or already the reading of what is on the box's disk. */
  readonly job: Job['kind'] | 'read';
}

/**
 * A step that succeeds ends the trouble of no weightier one: an answered question says nothing of bytes, and sending again after a wrong
 * verdict succeeds step by step and may still go round in a circle.
 */
const WEIGHT: Readonly<Record<Trouble['job'], number>> = { read: 0, ask: 1, announce: 2, create: 2, send: 3, manifest: 4 };

/** The line to the library as a whole, as opposed to one recording. */
const LINE = 'line';
/** The folder of all recordings. */
const FOLDER = 'folder';

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

  /** Bytes a second at most, null for no limit but the configured one. */
  giveWay(bytesPerSecond: number | null): void {
    this.#pace.giveWay(bytesPerSecond);
  }

  /** Look now. */
  changed(): void {
    this.#wake.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    const sender = new Sender({ memory: this.#deps.memory, pace: this.#pace, sleep: (ms) => sleep(ms, signal), log: this.#deps.log });
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
      this.#succeeded(job);
    } catch (error) {
      if (signal.aborted) return;
      sender.failed(job, error);
      this.#failed(job, error, to);
    }
  }

  #succeeded({ kind, recording }: Job): void {
    const ends = (key: string): boolean => WEIGHT[kind] >= WEIGHT[this.#troubles.get(key)?.job ?? 'read'];
    // More than a question came through: the line is there.
    if (kind !== 'ask' || ends(LINE)) this.#troubles.delete(LINE);
    if (ends(recording.meta.id)) this.#troubles.delete(recording.meta.id);
  }

  #failed(job: Job, error: unknown, to: Credentials): void {
    const key = error instanceof CodedError && error.code === 'unreachable' ? LINE : job.recording.meta.id;
    const waiting = this.#setTrouble(key, job.kind, problemOf(error), error instanceof CodedError && error.code === 'recording_damaged');
    this.#deps.log.warn({ recording: job.recording.meta.id, job: job.kind, ...waiting }, `upload step failed: ${reasonOf(error)}`);
    // The token was refused: the agent brings a new one, and until then there is nothing to try.
    if (error instanceof Refused && error.status === 401 && this.#credentials?.token === to.token) this.#credentials = null;
  }

  #setTrouble(key: string, job: Trouble['job'], problem: string, isDamaged = false): { failures: number; waitMs: number } {
    const failures = Math.max((this.#troubles.get(key)?.failures ?? 0) + 1, isDamaged ? TOLD_FROM : 1);
    const waitMs = isDamaged ? backoffMs(failures, DAMAGED_FIRST_WAIT_MS, DAMAGED_LONGEST_WAIT_MS) : backoffMs(failures, FIRST_WAIT_MS, LONGEST_WAIT_MS);
    this.#troubles.set(key, { failures, notBeforeMs: performance.now() + waitMs, problem, job });
    return { failures, waitMs };
  }

  async #look(sender: Sender): Promise<RecordingView[]> {
    const views: RecordingView[] = [];
    const ids = await this.#readOrTrouble(FOLDER, 'The folder of recordings', () => this.#deps.folder.list());
    if (ids === null) return [];
    this.#forgetDeleted(ids);
    for (const id of ids) {
      if (this.#done.has(id)) continue;
      const view = await this.#readOrTrouble(id, `The recording ${id}`, () => this.#view(id, sender));
      if (view?.safe) {
        this.#done.set(id, view.meta);
        this.#deps.folder.forget(id);
        this.#troubles.delete(id);
      } else if (view) views.push(view);
    }
    return views;
  }

  /** What was deleted to make room is in the library's hands alone. */
  #forgetDeleted(ids: readonly string[]): void {
    for (const id of this.#done.keys()) if (!ids.includes(id)) this.#done.delete(id);
    for (const key of this.#troubles.keys()) if (key !== LINE && !ids.includes(key)) this.#troubles.delete(key);
  }

  /** A bad sector under one recording must not keep the others from going up; it is tried again, as rarely as a failed upload. */
  async #readOrTrouble<T>(key: string, what: string, read: () => Promise<T>): Promise<T | null> {
    if (this.#isUnread(key) && performance.now() < this.#notBefore(key)) return null;
    try {
      const found = await read();
      if (this.#isUnread(key)) this.#troubles.delete(key);
      return found;
    } catch (error) {
      const waiting = this.#setTrouble(key, 'read', `${what} cannot be read from the box's disk (${reasonOf(error)}). Have the disk checked.`);
      this.#deps.log.warn({ unreadable: key, ...waiting }, `the box's disk cannot be read: ${reasonOf(error)}`);
      return null;
    }
  }

  #isUnread(key: string): boolean {
    return this.#troubles.get(key)?.job === 'read';
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
        unreadable: [...this.#troubles.keys()].some((key) => this.#isUnread(key)),
        problem: this.#problem(),
      }),
    );
  }

  #problem(): string {
    if (!this.#credentials) return 'The box has no permission from campus yet. Recordings are safe on the box and go up by themselves.';
    const told = [...this.#troubles.values()].filter(({ failures, problem }) => failures >= TOLD_FROM && problem !== '');
    // What can't be read may stay so for weeks: it hides nothing that concerns the others.
    return (told.find(({ job }) => job !== 'read') ?? told[0])?.problem ?? '';
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

/** Empty where nothing is wrong: the library reads a long recording back, and the line was closed meanwhile. */
function problemOf(error: unknown): string {
  if (error instanceof Refused && error.code === 'already_verifying') return '';
  if (error instanceof CodedError) return error.message;
  return `A recording could not be sent: ${reasonOf(error)}. It is tried again.`;
}

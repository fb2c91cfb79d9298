import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { HELD_FOR_DISK_US } from '../bus/class-feed.ts';

export interface WriteQueueOptions<T> {
  /** Rejects when the disk refuses: the same work is tried again. */
  readonly write: (work: T) => Promise<void>;
  /** Of media; 0 of everything else. */
  readonly durationUs: (work: T) => number;
  readonly onDropped: (work: T) => void;
  /** Beside the half minute: what comes all at once at the beginning. */
  readonly alsoWaitingUs?: number;
  readonly log: Log;
}

const RETRY_MS = 500;
/** At the end of a class a broken disk is given this long, ms. */
const LAST_TRIES_MS = 5_000;

/** Work for the disk, in order, one at a time. When more than half a minute of media waits, the oldest that waits is dropped. */
export class WriteQueue<T> {
  readonly #options: WriteQueueOptions<T>;
  #waiting: T[] = [];
  readonly #whenDone = new Map<T, (done: boolean) => void>();
  #running: Promise<void> | null = null;
  #problem = '';
  #giveUpMs = Number.POSITIVE_INFINITY;

  constructor(options: WriteQueueOptions<T>) {
    this.#options = options;
  }

  /** A sentence while writing fails; else empty. */
  get problem(): string {
    return this.#problem;
  }

  add(work: T): void {
    this.#waiting.push(work);
    this.#dropExcess();
    this.#running ??= this.#run();
  }

  /** Takes work out that waits; what is being written stays. */
  remove(isUnwanted: (work: T) => boolean): void {
    this.#waiting = this.#waiting.filter((work) => !isUnwanted(work));
  }

  /** Adds work; true when it is done, however long the disk refuses, false when it was given up at the end. */
  async done(work: T): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#whenDone.set(work, resolve);
    this.add(work);
    return promise;
  }

  /** Resolves when nothing waits, or when the disk has refused for too long after this was asked. */
  async drained(): Promise<void> {
    this.#giveUpMs = performance.now() + LAST_TRIES_MS;
    await this.#running;
  }

  #dropExcess(): void {
    const { durationUs, onDropped, alsoWaitingUs = 0 } = this.#options;
    const total = (): number => this.#waiting.reduce((sum, work) => sum + durationUs(work), 0);
    while (total() > HELD_FOR_DISK_US + alsoWaitingUs) {
      const at = this.#waiting.findIndex((work) => durationUs(work) > 0);
      for (const dropped of this.#waiting.splice(at, 1)) onDropped(dropped);
    }
  }

  async #run(): Promise<void> {
    for (let work = this.#waiting.shift(); work !== undefined; work = this.#waiting.shift()) await this.#persist(work);
    this.#running = null;
  }

  async #persist(work: T): Promise<void> {
    let isDone = await this.#try(work);
    // Once at least: a disk that stood still until after that takes what waited.
    while (!isDone && performance.now() < this.#giveUpMs) {
      await delay(RETRY_MS);
      isDone = await this.#try(work);
    }
    if (isDone) return this.#settle(work, true);
    this.#giveUp(work);
    // What is no media (a new part, an erasure) has to be done before what stands behind it, or not at all.
    if (this.#options.durationUs(work) === 0) this.#waiting.splice(0).forEach((behind) => this.#giveUp(behind));
  }

  #giveUp(work: T): void {
    this.#options.onDropped(work);
    this.#settle(work, false);
  }

  #settle(work: T, done: boolean): void {
    this.#whenDone.get(work)?.(done);
    this.#whenDone.delete(work);
  }

  async #try(work: T): Promise<boolean> {
    try {
      await this.#options.write(work);
      this.#problem = '';
      return true;
    } catch (error) {
      if (this.#problem === '') this.#options.log.error({ err: error }, `the recording cannot be written: ${reasonOf(error)}`);
      this.#problem = sentenceOf(error);
      return false;
    }
  }
}

function sentenceOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'The disk is full: the class is not being recorded. Ask support to make room.';
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return 'The disk does not accept files: the class is not being recorded. Tell support.';
    case 'recording_removed':
      return reasonOf(error);
    default:
      return `The disk refuses the recording (${codeOf(error) || reasonOf(error)}). Tell support.`;
  }
}

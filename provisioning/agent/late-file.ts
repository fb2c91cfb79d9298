import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Static, TSchema } from 'typebox';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import { KeptFile } from '#kit/process/kept-file.ts';
import type { Log } from '#kit/process/log.ts';

/**
 * A kept file that never fails its owner, whose disk may refuse for weeks: what the box was told is good without it. What the disk did not
 * take stays due until it does, whatever the reason: a file system that fails has many.
 */
export class LateFile<T extends TSchema> {
  readonly #path: string;
  readonly #file: KeptFile<T>;
  readonly #log: Log;
  /** The newest change that the disk has not taken. */
  #due: (() => Promise<void>) | null = null;
  /** The change that was last told to be refused: it is said once, not at every try. */
  #told: (() => Promise<void>) | null = null;
  /** One change after the other: two would write into each other's file. */
  #running: Promise<void> = Promise.resolve();

  constructor(folder: string, name: string, schema: T, log: Log) {
    this.#path = join(folder, name);
    this.#file = new KeptFile(folder, name, schema, log);
    this.#log = log;
  }

  /** Null when there is none, or none that can be used. */
  read(): Promise<Static<T> | null> {
    return this.#file.read();
  }

  /** False as well where the disk cannot say. */
  async isAbsent(): Promise<boolean> {
    try {
      await lstat(this.#path);
      return false;
    } catch (error) {
      return codeOf(error) === 'ENOENT';
    }
  }

  /** For what may not be gone on with unwritten. @throws EROFS and other errors of the file system */
  writeNow(value: Static<T>): Promise<void> {
    return this.#file.write(value);
  }

  write(value: Static<T>): Promise<void> {
    return this.#change(() => this.#file.write(value));
  }

  remove(): Promise<void> {
    return this.#change(() => this.#file.remove());
  }

  /** Tries once more what is due. */
  catchUp(): Promise<void> {
    this.#running = this.#running.then(() => this.#try());
    return this.#running;
  }

  #change(change: () => Promise<void>): Promise<void> {
    this.#due = change;
    return this.catchUp();
  }

  async #try(): Promise<void> {
    const change = this.#due;
    if (change === null) return;
    try {
      await change();
      // Another may have come meanwhile; its own turn follows.
      if (this.#due === change) this.#due = null;
      if (this.#told !== null) this.#log.info({ file: this.#path }, 'the disk has taken what the box keeps');
      this.#told = null;
    } catch (error) {
      if (this.#told === change) return;
      this.#told = change;
      this.#log.error({ file: this.#path }, `the disk refuses what the box keeps: ${reasonOf(error)}. It is used from memory and written when it can be; a restart before that loses it. Have the disk checked.`);
    }
  }
}

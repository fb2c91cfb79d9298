import { mkdirSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Static, TSchema } from 'typebox';
import { checker } from './check.ts';
import { codeOf } from './errors.ts';
import type { Log } from './log.ts';

/** A JSON file that is whole or absent after any crash, for its owner alone. */
export class KeptFile<T extends TSchema> {
  readonly #file: string;
  readonly #check: (value: unknown) => Static<T>;
  readonly #log: Log;

  constructor(folder: string, name: string, schema: T, log: Log) {
    this.#file = join(folder, name);
    this.#check = checker(schema, 'bad_file');
    this.#log = log;
  }

  /** Null when there is none, or none that can be used. */
  async read(): Promise<Static<T> | null> {
    try {
      return this.#check(JSON.parse(await readFile(this.#file, 'utf8')));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') this.#log.error({ err: error, file: this.#file }, 'a file of the box cannot be used; going on without it');
      return null;
    }
  }

  async write(value: Static<T>): Promise<void> {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    const handle = await open(`${this.#file}.new`, 'w', 0o600);
    try {
      await handle.writeFile(JSON.stringify(value));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${this.#file}.new`, this.#file);
    await this.#flushFolder();
  }

  async remove(): Promise<void> {
    await rm(this.#file, { force: true });
  }

  async #flushFolder(): Promise<void> {
    const folder = await open(dirname(this.#file), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { RecordingsFolder } from './folder.ts';
import type { Memory } from './memory.ts';

export interface RetentionDeps {
  readonly recordingsDir: string;
  readonly folder: RecordingsFolder;
  readonly memory: Memory;
  readonly log: Log;
}

/** What is on its way out is out of everyone's sight first: a deletion that a power cut stopped is no damaged recording. */
const LEAVING = '.deleted-';

/** Makes room on the box's disk: the oldest recordings go, and only those that the library has verified. */
export class Retention {
  readonly #deps: RetentionDeps;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
  }

  /** Frees this many bytes, or what there is; one request after the other. */
  makeRoom(bytes: number): Promise<void> {
    this.#running = this.#running.then(() => this.#free(bytes)).catch((error: unknown) => {
      this.#deps.log.error(`no room could be made: ${reasonOf(error)}`);
    });
    return this.#running;
  }

  async #free(bytes: number): Promise<void> {
    const { recordingsDir, log } = this.#deps;
    await this.#finishDeleting();
    let freed = 0;
    for (const { id, startedAt } of await this.#safeOnes()) {
      if (freed >= bytes) return;
      const folder = join(recordingsDir, id);
      const size = await this.#ifReadable(id, () => sizeOf(folder));
      if (size === null) continue;
      freed += size;
      await rename(folder, join(recordingsDir, `${LEAVING}${id}`));
      log.info({ recording: id, startedAt }, 'deleted to make room: it is safe in the library');
      await this.#finishDeleting();
    }
    if (freed < bytes) log.warn({ wanted: bytes, freed }, 'the disk runs low and nothing more is safe to delete');
  }

  /** Oldest first: ended, and verified by the library. Nothing else is looked at. */
  async #safeOnes(): Promise<{ id: string; startedAt: string }[]> {
    const { folder, memory } = this.#deps;
    const found: { id: string; startedAt: string }[] = [];
    for (const id of (await folder.list()).filter((one) => memory.isSafe(one))) {
      const meta = await this.#ifReadable(id, () => folder.meta(id));
      if (meta !== null && meta.endedAt !== null) found.push({ id, startedAt: meta.startedAt });
    }
    return found.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));
  }

  async #finishDeleting(): Promise<void> {
    const { recordingsDir } = this.#deps;
    const leaving = (await readdir(recordingsDir)).filter((name) => name.startsWith(LEAVING));
    for (const name of leaving) await this.#ifReadable(name, () => rm(join(recordingsDir, name), { recursive: true, force: true }));
  }

  /** A bad sector under one recording must not keep the others from making room: null, and it stays. */
  async #ifReadable<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.#deps.log.warn({ recording: name }, `left where it is, the box's disk cannot read it: ${reasonOf(error)}`);
      return null;
    }
  }
}

async function sizeOf(folder: string): Promise<number> {
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

import { codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { sleep } from '#kit/process/supervisor.ts';
import { readdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';

const LOOK_EVERY_MS = 500;

/** Looks at the disk itself, past whatever the recorder believes. */
export class DiskWatch {
  readonly #recordingsDir: string;
  readonly #recordingId: () => string | null;
  readonly #log: Log;
  #onDisk = { id: '', bytes: 0 };
  /** Until the first look nothing is held against the disk. */
  #freeBytes = Number.MAX_SAFE_INTEGER;

  constructor(recordingsDir: string, recordingId: () => string | null, log: Log) {
    this.#recordingsDir = recordingsDir;
    this.#recordingId = recordingId;
    this.#log = log;
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** Size of the recording's files as the file system tells it. */
  bytesOf(recordingId: string | null): number {
    return this.#onDisk.id === recordingId ? this.#onDisk.bytes : 0;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await sleep(LOOK_EVERY_MS, signal);
    }
  }

  async look(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(this.#recordingsDir);
      this.#freeBytes = bavail * bsize;
      const id = this.#recordingId();
      if (id !== null) this.#onDisk = { id, bytes: await folderBytes(path.join(this.#recordingsDir, id)) };
    } catch (thrown) {
      // A disk that can't be asked has proven nothing: what was seen last stays, and stops growing.
      this.#log.warn({ reason: reasonOf(thrown) }, 'the recordings folder cannot be looked at');
    }
  }
}

async function folderBytes(folder: string): Promise<number> {
  try {
    const parts = (await readdir(folder)).filter((name) => name.endsWith('.mp4'));
    const sizes = await Promise.all(parts.map(async (name) => (await stat(path.join(folder, name))).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return 0; // not begun yet
    throw thrown;
  }
}

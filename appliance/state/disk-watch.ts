import { open, readdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { IndexLine, indexName, inOrder, partName, partOfIndex, type PartName } from '#cloud-sync/contract/recording-folder.ts';
import { violationsOf } from '#kit/process/check.ts';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { sleep } from '#kit/process/supervisor.ts';

/** A track of a recording as the file system tells it; the program's id is empty. */
export interface TrackOnDisk {
  readonly track: string;
  /** Of its media files. */
  readonly bytes: number;
  /** Monotonic ms at which a fragment was first seen that had not been there; minus infinity before. */
  readonly grewAtMs: number;
}

interface Seen extends TrackOnDisk {
  /** The newest released fragment. */
  readonly part: number;
  readonly offset: number;
}

const LOOK_EVERY_MS = 500;
/** Two index lines and more. */
const TAIL_BYTES = 1024;
const wrongLine = violationsOf(IndexLine);

/** Looks at the disk itself, past whatever the recorder believes: names, sizes and indexes, as another program would find them. */
export class DiskWatch {
  readonly #recordingsDir: string;
  readonly #recordingId: () => string | null;
  readonly #log: Log;
  #id: string | null = null;
  #seen: ReadonlyMap<string, Seen> = new Map();
  #failing = false;
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

  tracksOf(recordingId: string | null): readonly TrackOnDisk[] {
    return recordingId !== null && this.#id === recordingId ? [...this.#seen.values()] : [];
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await sleep(LOOK_EVERY_MS, signal);
    }
  }

  async look(): Promise<void> {
    // Taken before the disk is asked: an answer that took long is as old as the question.
    const nowMs = performance.now();
    try {
      const { bavail, bsize } = await statfs(this.#recordingsDir);
      this.#freeBytes = bavail * bsize;
      await this.#lookAt(this.#recordingId(), nowMs);
      this.#failing = false;
    } catch (thrown) {
      // A disk that can't be asked has proven nothing: what was seen last stays, and stops growing.
      if (!this.#failing) this.#log.warn({ reason: reasonOf(thrown) }, 'the recordings folder cannot be looked at');
      this.#failing = true;
    }
  }

  async #lookAt(id: string | null, nowMs: number): Promise<void> {
    if (id === null) return;
    const found = await tracksIn(path.join(this.#recordingsDir, id));
    const before = this.#id === id ? this.#seen : null;
    this.#seen = new Map(found.map((track) => [track.track, { ...track, grewAtMs: grewAt(track, before, nowMs) }]));
    this.#id = id;
  }
}

/** What is there at the first look may be of an earlier life of the box, and an erased part is no growth: only what is new and later counts. */
function grewAt(now: Omit<Seen, 'grewAtMs'>, before: ReadonlyMap<string, Seen> | null, nowMs: number): number {
  if (before === null) return Number.NEGATIVE_INFINITY;
  const last = before.get(now.track);
  const isLater = last === undefined || now.part > last.part || (now.part === last.part && now.offset > last.offset);
  return isLater && now.offset >= 0 ? nowMs : (last?.grewAtMs ?? Number.NEGATIVE_INFINITY);
}

async function tracksIn(folder: string): Promise<Omit<Seen, 'grewAtMs'>[]> {
  const parts = (await namesIn(folder)).flatMap((name) => partOfIndex(name) ?? []).sort(inOrder);
  const tracks = Map.groupBy(parts, ({ track }) => track);
  return Promise.all([...tracks].map(async ([track, names]) => {
    const sizes = await Promise.all(names.map((name) => sizeOf(path.join(folder, partName(name)))));
    const newest = names.at(-1);
    const offset = newest === undefined ? -1 : await lastFragmentOffset(folder, newest, sizes.at(-1) ?? 0);
    return { track, bytes: sizes.reduce((sum, size) => sum + size, 0), part: newest?.part ?? -1, offset };
  }));
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return []; // not begun yet, or taken away
    throw thrown;
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return 0;
    throw thrown;
  }
}

/** Where the newest fragment begins that is listed and whole in its file; -1 where none is. */
async function lastFragmentOffset(folder: string, name: PartName, mediaBytes: number): Promise<number> {
  const lines = (await tailOf(path.join(folder, indexName(name)))).split('\n').slice(0, -1);
  const last = lines.map(parsed).findLast((line) => line?.kind === 'fragment');
  return last !== undefined && last !== null && last.offset + last.bytes <= mediaBytes ? last.offset : -1;
}

async function tailOf(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const position = Math.max(0, size - TAIL_BYTES);
    const buffer = Buffer.alloc(size - position);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Null for what is no line, as the first piece of a tail. */
function parsed(text: string): IndexLine | null {
  try {
    const value: unknown = JSON.parse(text);
    return wrongLine(value).length === 0 ? (value as IndexLine) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checker } from '#kit/process/check.ts';
import { codeOf } from '#kit/process/errors.ts';
import { indexName, partName, RecordingMeta, type IndexLine } from '../contract/recording-folder.ts';
import { releasedBytes, releasedLines } from './index-lines.ts';

export interface FolderPart {
  readonly part: number;
  readonly file: string;
  readonly index: readonly IndexLine[];
  /** Released bytes; what follows them in the file is none of ours. */
  readonly bytes: number;
  /** Nothing will be added any more. */
  readonly ended: boolean;
}
export interface FolderRecording {
  readonly meta: RecordingMeta;
  readonly parts: readonly FolderPart[];
}

const RECORDING_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const checkMeta = checker(RecordingMeta, 'bad_recording_meta');

/** The recordings on the box's disk. Remembers how far each index was read, so that looking again costs what was added. */
export class RecordingsFolder {
  readonly #dir: string;
  readonly #read = new Map<string, { lines: IndexLine[]; consumed: number }>();

  constructor(recordingsDir: string) {
    this.#dir = recordingsDir;
  }

  async list(): Promise<string[]> {
    const entries = (await orNothing(readdir(this.#dir, { withFileTypes: true }))) ?? [];
    return entries.filter((entry) => entry.isDirectory() && RECORDING_ID.test(entry.name)).map((entry) => entry.name);
  }

  /** Null while `recording.json` is absent or damaged: looked at again with every scan. */
  async meta(id: string): Promise<RecordingMeta | null> {
    const text = await orNothing(readFile(join(this.#dir, id, 'recording.json'), 'utf8'));
    const meta = text === null ? null : readMeta(text);
    return meta?.id === id ? meta : null;
  }

  async recording(id: string): Promise<FolderRecording | null> {
    const meta = await this.meta(id);
    if (!meta) return null;
    const folder = join(this.#dir, id);
    const numbers = partNumbers((await orNothing(readdir(folder))) ?? []);
    const parts: FolderPart[] = [];
    for (const part of numbers) {
      const index = await this.#index(join(folder, indexName(part)));
      const ended = meta.endedAt !== null || part !== numbers.at(-1) || index.at(-1)?.kind === 'end';
      parts.push({ part, file: join(folder, partName(part)), index, bytes: releasedBytes(index), ended });
    }
    return { meta, parts: parts.filter(({ bytes }) => bytes > 0) };
  }

  /** A recording that is safe is not read again. */
  forget(id: string): void {
    for (const file of this.#read.keys()) if (file.startsWith(join(this.#dir, id))) this.#read.delete(file);
  }

  async #index(file: string): Promise<readonly IndexLine[]> {
    const known = this.#read.get(file) ?? { lines: [], consumed: 0 };
    const added = releasedLines(await readFrom(file, known.consumed), releasedBytes(known.lines));
    known.lines.push(...added.lines);
    this.#read.set(file, { lines: known.lines, consumed: known.consumed + added.consumed });
    return known.lines;
  }
}

async function readFrom(file: string, position: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.max(0, size - position));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function partNumbers(names: readonly string[]): number[] {
  const found = names.map((name) => /^part-(\d{3,4})\.index\.jsonl$/.exec(name)?.[1]).filter((digits) => digits !== undefined);
  return found.map(Number).toSorted((a, b) => a - b);
}

function readMeta(text: string): RecordingMeta | null {
  try {
    return checkMeta(JSON.parse(text));
  } catch {
    // It is replaced atomically: damage is the disk's. The recording is looked at again with every scan.
    return null;
  }
}

async function orNothing<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}

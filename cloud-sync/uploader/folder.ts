import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checker } from '#kit/process/check.ts';
import { CodedError, codeOf } from '#kit/process/errors.ts';
import { indexName, inOrder, partName, partOfIndex, RecordingMeta, type IndexLine, type PartName } from '../contract/recording-folder.ts';
import { releasable } from './hold-back.ts';
import { releasedBytes, releasedLines } from './index-lines.ts';

export interface FolderPart extends PartName {
  readonly file: string;
  /** What may leave the box. */
  readonly index: readonly IndexLine[];
  /** Bytes of that; what follows them in the file is none of ours. */
  readonly bytes: number;
  /** Nothing will be added any more. */
  readonly ended: boolean;
  /** A whole line of its index is none: there is more in the file than can be sent. */
  readonly damaged?: boolean;
}
export interface FolderRecording {
  readonly meta: RecordingMeta;
  readonly parts: readonly FolderPart[];
}

interface IndexRead {
  readonly lines: readonly IndexLine[];
  readonly consumed: number;
  /** The last line that was consumed, as it stood there: an index from which the end was erased is another file. */
  readonly lastLine: Buffer;
  readonly damaged: boolean;
}

const UNREAD: IndexRead = { lines: [], consumed: 0, lastLine: Buffer.alloc(0), damaged: false };
const RECORDING_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const checkMeta = checker(RecordingMeta, 'bad_recording_meta');

/** The recordings on the box's disk. Remembers how far each index was read, so that looking again costs what was added. */
export class RecordingsFolder {
  readonly #dir: string;
  readonly #read = new Map<string, IndexRead>();

  constructor(recordingsDir: string) {
    this.#dir = recordingsDir;
  }

  async list(): Promise<string[]> {
    const entries = (await orNothing(readdir(this.#dir, { withFileTypes: true }))) ?? [];
    return entries.filter((entry) => entry.isDirectory() && RECORDING_ID.test(entry.name)).map((entry) => entry.name);
  }

  /** Null while there is no `recording.json`. @throws CodedError `recording_damaged` for one that describes no recording, or another */
  async meta(id: string): Promise<RecordingMeta | null> {
    const text = await orNothing(readFile(join(this.#dir, id, 'recording.json'), 'utf8'));
    if (text === null) return null;
    const meta = readMeta(text);
    if (meta?.id !== id) throw new CodedError('recording_damaged', 'its description is damaged');
    return meta;
  }

  /** Null while nothing is there. @throws CodedError `recording_damaged` where nobody can say what the bytes are of */
  async recording(id: string): Promise<FolderRecording | null> {
    const meta = await this.meta(id);
    const folder = join(this.#dir, id);
    const names = ((await orNothing(readdir(folder))) ?? []).flatMap((name) => partOfIndex(name) ?? []).sort(inOrder);
    if (!meta && names.length > 0) throw new CodedError('recording_damaged', 'its description is missing');
    if (!meta) return null;
    const parts: FolderPart[] = [];
    for (const track of Map.groupBy(names, (name) => name.track).values()) parts.push(...(await this.#track(folder, track, meta.endedAt !== null)));
    return { meta, parts: parts.filter(({ bytes, damaged }) => bytes > 0 || damaged) };
  }

  /** The parts of one track, of a class that runs without their newest end. */
  async #track(folder: string, names: readonly PartName[], isEnded: boolean): Promise<FolderPart[]> {
    const reads: IndexRead[] = [];
    for (const name of names) reads.push(await this.#index(join(folder, indexName(name))));
    const indexes = reads.map(({ lines }) => lines);
    const counts = isEnded ? indexes.map(({ length }) => length) : releasable(indexes);
    return names.map((name, at) => {
      const [all = [], count = 0] = [indexes[at], counts[at]];
      const index = all.slice(0, count);
      const ended = isEnded || (count === all.length && (at < names.length - 1 || all.at(-1)?.kind === 'end'));
      return { ...name, file: join(folder, partName(name)), index, bytes: releasedBytes(index), ended, damaged: reads[at]?.damaged ?? false };
    });
  }

  /** A recording that is safe is not read again. */
  forget(id: string): void {
    for (const file of this.#read.keys()) if (file.startsWith(join(this.#dir, id))) this.#read.delete(file);
  }

  async #index(file: string): Promise<IndexRead> {
    const known = this.#read.get(file) ?? UNREAD;
    const from = known.consumed - known.lastLine.length;
    const text = await readFrom(file, from);
    const isSame = text.subarray(0, known.lastLine.length).equals(known.lastLine);
    const now = isSame ? readOn(known, text.subarray(known.lastLine.length)) : readOn(UNREAD, await readFrom(file, 0));
    this.#read.set(file, now);
    return now;
  }
}

function readOn(known: IndexRead, text: Buffer): IndexRead {
  const { lines, consumed } = releasedLines(text, releasedBytes(known.lines));
  const damaged = text.includes('\n', consumed);
  if (consumed === 0) return { ...known, damaged };
  const begin = text.lastIndexOf('\n', consumed - 2) + 1;
  return { lines: [...known.lines, ...lines], consumed: known.consumed + consumed, lastLine: Buffer.from(text.subarray(begin, consumed)), damaged };
}

/** Empty where the file is gone: its part was erased between two looks. */
async function readFrom(file: string, position: number): Promise<Buffer> {
  const handle = await orNothing(open(file, 'r'));
  if (handle === null) return Buffer.alloc(0);
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.max(0, size - position));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function readMeta(text: string): RecordingMeta | null {
  try {
    return checkMeta(JSON.parse(text));
  } catch {
    // It is replaced atomically: damage is the disk's, and the caller says so.
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

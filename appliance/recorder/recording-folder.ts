import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { indexName, type IndexLine, IndexLine as IndexLineSchema, inOrder, partName, type PartName, partOfIndex, RecordingMeta } from '#cloud-sync/contract/recording-folder.ts';
import { checker, violationsOf } from '#kit/process/check.ts';
import { CodedError, codeOf } from '#kit/process/errors.ts';

const META = 'recording.json';
const asMeta = checker(RecordingMeta, 'bad_recording');
const indexViolations = violationsOf(IndexLineSchema);

/** Replaces the description so that after a power cut there is the old one or the new one, whole. */
export async function writeMeta(folder: string, meta: RecordingMeta): Promise<void> {
  await replaceFile(folder, META, JSON.stringify(meta, null, 2));
}

async function replaceFile(folder: string, name: string, content: string): Promise<void> {
  const file = join(folder, name);
  const handle = await open(`${file}.new`, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
  await syncFolder(folder);
}

/** Null where there is none. */
export async function readMeta(folder: string): Promise<RecordingMeta | null> {
  try {
    return asMeta(JSON.parse(await readFile(join(folder, META), 'utf8')));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await syncFolder(dirname(folder));
}

/** The parts that have an index: the program's in order, then each track's. */
export async function partsOf(folder: string): Promise<PartName[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => partOfIndex(name) ?? []).sort(inOrder);
}

interface IndexRead {
  readonly lines: IndexLine[];
  readonly wholeBytes: number;
  /** A whole line is none of ours: what it and the lines behind it list is there, and a person has to look. */
  readonly isDamaged: boolean;
}

/** The released pieces of a part, and how many bytes of the index hold them: a torn last line is not one. */
export async function readIndex(folder: string, name: PartName): Promise<IndexRead> {
  return readLines(await readFile(join(folder, indexName(name)), 'utf8'));
}

function readLines(text: string): IndexRead {
  const lines: IndexLine[] = [];
  let wholeBytes = 0;
  for (const line of text.split('\n').slice(0, -1)) {
    const parsed = parseLine(line);
    if (parsed === null) return { lines, wholeBytes, isDamaged: true };
    lines.push(parsed);
    wholeBytes += Buffer.byteLength(line) + 1;
  }
  return { lines, wholeBytes, isDamaged: false };
}

export function releasedBytes(lines: readonly IndexLine[]): number {
  const last = lines.at(-1);
  return last === undefined ? 0 : last.offset + last.bytes;
}

/**
 * Cuts a part back to its first `keep` lines; to nothing where no fragment would be left. The index goes first, as a whole: from then
 * on the bytes behind are released to nobody, and whoever finds them after a power cut removes them ({@link dropUnreleased}).
 */
export async function cutPart(folder: string, name: PartName, lines: readonly IndexLine[]): Promise<void> {
  if (!lines.some(({ kind }) => kind === 'fragment')) return removePart(folder, name);
  await replaceFile(folder, indexName(name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  await dropUnreleased(folder, name, releasedBytes(lines));
}

/** Removes what follows a part's released bytes from the disk. Of media that somebody took away nothing is left to remove. */
export async function dropUnreleased(folder: string, name: PartName, released: number): Promise<void> {
  const media = await openIfThere(join(folder, partName(name)));
  if (media === null) return;
  try {
    if ((await media.stat()).size <= released) return;
    await media.truncate(released);
    await media.datasync();
  } finally {
    await media.close();
  }
}

async function openIfThere(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, 'r+');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function parseLine(line: string): IndexLine | null {
  try {
    const value: unknown = JSON.parse(line);
    return indexViolations(value).length === 0 ? (value as IndexLine) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A part file that grows. Whatever was released stays as it is; whatever was not is written over. */
export class PartFile {
  readonly name: PartName;
  readonly #folder: string;
  readonly #media: FileHandle;
  readonly #index: FileHandle;
  readonly #lines: IndexLine[];
  #indexBytes: number;

  private constructor(folder: string, name: PartName, handles: { media: FileHandle; index: FileHandle }, lines: IndexLine[], indexBytes: number) {
    this.#folder = folder;
    this.name = name;
    this.#media = handles.media;
    this.#index = handles.index;
    this.#lines = lines;
    this.#indexBytes = indexBytes;
  }

  static async create(folder: string, name: PartName): Promise<PartFile> {
    // The index comes first: whoever finds a part by its index never meets the media of another life.
    const handles = await openBoth([join(folder, indexName(name)), 'wx'], [join(folder, partName(name)), 'wx+']);
    return orClosed(handles, async ([index, media]) => {
      await syncFolder(folder);
      return new PartFile(folder, name, { media, index }, [], 0);
    });
  }

  /** To finish a part that a dead recorder left, or one that was cut: what it had not released is cut off. */
  static async reopen(folder: string, name: PartName): Promise<PartFile> {
    const { lines, wholeBytes } = await readIndex(folder, name);
    const handles = await openBoth([join(folder, indexName(name)), 'r+'], [join(folder, partName(name)), 'r+']);
    return orClosed(handles, async ([index, media]) => {
      await media.truncate(releasedBytes(lines));
      await index.truncate(wholeBytes);
      return new PartFile(folder, name, { media, index }, lines, wholeBytes);
    });
  }

  /** Released so far. */
  get lines(): readonly IndexLine[] {
    return this.#lines;
  }

  get bytes(): number {
    return releasedBytes(this.#lines);
  }

  /** On disk and released when it resolves. After a failure the same piece may be appended again: it goes to the same place. */
  async append(kind: IndexLine['kind'], bytes: Buffer, time: { captureUs: number; durationUs: number }): Promise<IndexLine> {
    const offset = this.bytes;
    await writeAll(this.#media, bytes, offset);
    await this.#media.datasync();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const line: IndexLine = { kind, offset, bytes: bytes.length, sha256, captureUs: time.captureUs, durationUs: time.durationUs };
    // A line that readers refuse would hide all that follow it.
    if (indexViolations(line).length > 0) throw new CodedError('bad_index_line', 'A fragment has times that cannot be written down.', { status: 500 });
    const text = Buffer.from(`${JSON.stringify(line)}\n`);
    await writeAll(this.#index, text, this.#indexBytes);
    await this.#index.datasync();
    await this.#checkPresence();
    this.#lines.push(line);
    this.#indexBytes += text.length;
    return line;
  }

  /** Reads a released piece back by the file's name, as anyone else would find it. */
  async read(line: Pick<IndexLine, 'offset' | 'bytes'>): Promise<Buffer> {
    const media = await open(join(this.#folder, partName(this.name)), 'r');
    try {
      const bytes = Buffer.allocUnsafe(line.bytes);
      const { bytesRead } = await media.read(bytes, 0, line.bytes, line.offset);
      return bytes.subarray(0, bytesRead);
    } finally {
      await media.close();
    }
  }

  /** Both, also where a disk that fails says so when the first is closed. */
  async close(): Promise<void> {
    try {
      await this.#media.close();
    } finally {
      await this.#index.close();
    }
  }

  /** A descriptor takes bytes also after its file was deleted, moved away or replaced: then nothing is being recorded. */
  async #checkPresence(): Promise<void> {
    for (const [handle, file] of [[this.#media, partName(this.name)], [this.#index, indexName(this.name)]] as const) {
      if ((await inodeOf(join(this.#folder, file))) === (await handle.stat()).ino) continue;
      throw new CodedError('recording_removed', 'The recording was removed from the disk while it was being written. It goes on in a new file.', { status: 500 });
    }
  }
}

type Opening = readonly [file: string, flags: string];

async function openBoth(first: Opening, second: Opening): Promise<readonly [FileHandle, FileHandle]> {
  const opened = await open(...first);
  return orClosed([opened], async () => [opened, await open(...second)]);
}

/** What `use` gives holds the handles from then on; where it fails nobody does, and they are closed. */
async function orClosed<H extends readonly FileHandle[], T>(handles: H, use: (handles: H) => Promise<T>): Promise<T> {
  try {
    return await use(handles);
  } catch (error) {
    await Promise.allSettled(handles.map((handle) => handle.close()));
    throw error;
  }
}

async function inodeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).ino;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

/** A new name is safe only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes the files of a part. The index goes first: bytes without one belong to nobody. */
export async function removePart(folder: string, name: PartName): Promise<void> {
  await rm(join(folder, indexName(name)), { force: true });
  await rm(join(folder, partName(name)), { force: true });
  await syncFolder(folder);
}

import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { indexName, type IndexLine, IndexLine as IndexLineSchema, partName, RecordingMeta } from '#cloud-sync/contract/recording-folder.ts';
import { checker, violationsOf } from '#kit/process/check.ts';
import { codeOf } from '#kit/process/errors.ts';

const META = 'recording.json';
const asMeta = checker(RecordingMeta, 'bad_recording');
const indexViolations = violationsOf(IndexLineSchema);

/** Replaces the description so that after a power cut there is the old one or the new one, whole. */
export async function writeMeta(folder: string, meta: RecordingMeta): Promise<void> {
  const file = join(folder, META);
  const handle = await open(`${file}.new`, 'w');
  try {
    await handle.writeFile(JSON.stringify(meta, null, 2));
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

/** Numbers of the parts that have an index, in order. */
export async function partNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => /^part-(\d+)\.index\.jsonl$/.exec(name)?.[1] ?? []).map(Number).sort((a, b) => a - b);
}

/** The released pieces of a part, and how many bytes of the index hold them: a torn last line is not one. */
export async function readIndex(folder: string, part: number): Promise<{ lines: IndexLine[]; wholeBytes: number }> {
  const text = await readFile(join(folder, indexName(part)), 'utf8');
  const lines: IndexLine[] = [];
  let wholeBytes = 0;
  for (const line of text.split('\n').slice(0, -1)) {
    const parsed = parseLine(line);
    if (parsed === null) break;
    lines.push(parsed);
    wholeBytes += Buffer.byteLength(line) + 1;
  }
  return { lines, wholeBytes };
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
  readonly part: number;
  readonly #media: FileHandle;
  readonly #index: FileHandle;
  #mediaBytes: number;
  #indexBytes: number;

  private constructor(part: number, media: FileHandle, index: FileHandle, mediaBytes: number, indexBytes: number) {
    this.part = part;
    this.#media = media;
    this.#index = index;
    this.#mediaBytes = mediaBytes;
    this.#indexBytes = indexBytes;
  }

  static async create(folder: string, part: number): Promise<PartFile> {
    // The index comes first: whoever finds a part by its index never meets the media of another life.
    const index = await open(join(folder, indexName(part)), 'wx');
    try {
      const media = await open(join(folder, partName(part)), 'wx+');
      await syncFolder(folder);
      return new PartFile(part, media, index, 0, 0);
    } catch (error) {
      await index.close();
      throw error;
    }
  }

  /** To finish a part that a dead recorder left: what it had not released is cut off. */
  static async reopen(folder: string, part: number): Promise<{ file: PartFile; lines: IndexLine[] }> {
    const { lines, wholeBytes } = await readIndex(folder, part);
    const last = lines.at(-1);
    const mediaBytes = last === undefined ? 0 : last.offset + last.bytes;
    const media = await open(join(folder, partName(part)), 'r+');
    const index = await open(join(folder, indexName(part)), 'r+');
    await media.truncate(mediaBytes);
    await index.truncate(wholeBytes);
    return { file: new PartFile(part, media, index, mediaBytes, wholeBytes), lines };
  }

  get bytes(): number {
    return this.#mediaBytes;
  }

  /** On disk and released when it resolves. After a failure the same piece may be appended again: it goes to the same place. */
  async append(kind: IndexLine['kind'], bytes: Buffer, time: { captureUs: number; durationUs: number }): Promise<IndexLine> {
    await writeAll(this.#media, bytes, this.#mediaBytes);
    await this.#media.datasync();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const line: IndexLine = { kind, offset: this.#mediaBytes, bytes: bytes.length, sha256, captureUs: time.captureUs, durationUs: time.durationUs };
    const text = Buffer.from(`${JSON.stringify(line)}\n`);
    await writeAll(this.#index, text, this.#indexBytes);
    await this.#index.sync();
    this.#mediaBytes += bytes.length;
    this.#indexBytes += text.length;
    return line;
  }

  /** Reads a released piece back from the disk. */
  async read(line: Pick<IndexLine, 'offset' | 'bytes'>): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(line.bytes);
    const { bytesRead } = await this.#media.read(bytes, 0, line.bytes, line.offset);
    return bytes.subarray(0, bytesRead);
  }

  async close(): Promise<void> {
    await this.#media.close();
    await this.#index.close();
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

/** Removes the files of a part in which nothing was ever released. */
export async function removePart(folder: string, part: number): Promise<void> {
  await rm(join(folder, indexName(part)), { force: true });
  await rm(join(folder, partName(part)), { force: true });
}

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { codeOf } from '#kit/process/errors.ts';
import type { Manifest } from '../contract/library.ts';
import type { IndexLine } from '../contract/recording-folder.ts';

export type PartManifest = Manifest['parts'][number];

const READ_BYTES = 1024 * 1024;

/** What is wrong with an index before any byte is read, or null: ranges must cover the part from its first byte to its last. */
export function indexFault({ bytes, index }: Pick<PartManifest, 'bytes' | 'index'>): string | null {
  let at = 0;
  for (const [number, line] of index.entries()) {
    if (line.offset !== at || line.bytes <= 0) return `fragment ${number} of its index does not begin where the one before it ends`;
    if ((number === 0) !== (line.kind === 'init')) return 'its index does not begin with the one initialisation segment';
    at += line.bytes;
  }
  return at === bytes ? null : `its index covers ${at} bytes of ${bytes}`;
}

/**
 * Reads a part as it lies on disk, compares every range of its index and the whole, and flushes it (fsync). Null when all is as the
 * manifest says, else why not, as a clause ("… fragment 3 …").
 */
export async function partFault(file: string, part: PartManifest): Promise<string | null> {
  const fault = indexFault(part);
  if (fault) return fault;
  try {
    const handle = await open(file, 'r');
    try {
      const found = await readFault(handle, part);
      if (found === null) await handle.sync();
      return found;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'it has not arrived';
    throw error;
  }
}

async function readFault(handle: Awaited<ReturnType<typeof open>>, part: PartManifest): Promise<string | null> {
  const { size } = await handle.stat();
  if (size !== part.bytes) return `${size} of its ${part.bytes} bytes arrived`;
  const whole = createHash('sha256');
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (const [number, line] of part.index.entries()) {
    if ((await rangeHash(handle, line, buffer, (bytes) => whole.update(bytes))) !== line.sha256) return `${nameOf(number, line)} arrived damaged`;
  }
  return whole.digest('hex') === part.sha256 ? null : 'its SHA-256 is another';
}

async function rangeHash(
  handle: Awaited<ReturnType<typeof open>>, { offset, bytes }: IndexLine, buffer: Buffer, alsoTo: (bytes: Buffer) => void,
): Promise<string> {
  const hash = createHash('sha256');
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, bytes - done), offset + done);
    if (bytesRead === 0) break;
    const read = buffer.subarray(0, bytesRead);
    hash.update(read);
    alsoTo(read);
    done += bytesRead;
  }
  return hash.digest('hex');
}

function nameOf(number: number, line: IndexLine): string {
  if (line.kind === 'init') return 'its initialisation segment';
  return line.kind === 'end' ? 'its closing index' : `fragment ${number}`;
}

/** Flushes a folder's own entries, so that a file in it is still found after a power cut. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

import { statfs } from 'node:fs/promises';
import { CodedError } from '#kit/process/errors.ts';

/** Kept free so that databases and logs go on when recordings have filled the disk. */
const RESERVE_BYTES = 256 * 2 ** 20;

/** What recordings may still take, bytes; 0 when the disk is full but for the reserve. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.max(0, bavail * bsize - RESERVE_BYTES);
}

/** RFC 4918, section 11.5. */
export function libraryFull(): CodedError {
  return new CodedError('library_full', "The library's disk is full. Recordings wait on the boxes until someone makes room.", { status: 507 });
}

import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Write } from './write-log.ts';

const run = promisify(execFile);
/** Small: its journal wraps round several times in a class. */
const DISK_BYTES = 64 << 20;

export async function makeDisk(image: string): Promise<void> {
  await run('truncate', ['-s', String(DISK_BYTES), image]);
  // Everything is laid out now: what the disk is told later is the class alone.
  await run('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0,nodiscard', image]);
}

/** A disk that held `before` and was then written to. */
export async function writeDisk(image: string, before: string, writes: readonly Write[]): Promise<void> {
  copyFileSync(before, image);
  const disk = await open(image, 'r+');
  try {
    for (const { at, bytes } of writes) await writeAt(disk, bytes, at);
  } finally {
    await disk.close();
  }
}

async function writeAt(disk: FileHandle, bytes: Buffer, at: number): Promise<void> {
  const { bytesWritten } = await disk.write(bytes, 0, bytes.length, at);
  if (bytesWritten !== bytes.length) throw new Error(`The image took ${bytesWritten} of ${bytes.length} bytes.`);
}

/** Mounts an image as the box would at its next start, looks, and unmounts it. */
export async function onDisk<T>(image: string, mountPoint: string, look: () => Promise<T>): Promise<T> {
  mkdirSync(mountPoint, { recursive: true });
  await run('mount', ['-o', 'loop', image, mountPoint]);
  try {
    return await look();
  } finally {
    await run('umount', [mountPoint]);
  }
}

/** What e2fsck says of a file system that was mounted and unmounted since the cut; empty where it is whole. */
export async function complaintsOfFsck(image: string): Promise<string> {
  try {
    await run('e2fsck', ['-f', '-n', image]);
    return '';
  } catch (error) {
    return (error as { stdout?: string }).stdout ?? String(error);
  }
}

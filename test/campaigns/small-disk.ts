import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file system of its own, so that it can be full or read-only without anybody else noticing. */
export interface SmallDisk {
  /** Takes all the space there is, until `makeRoom`. */
  fill(): void;
  makeRoom(): void;
  setReadOnly(readOnly: boolean): void;
  remove(): void;
}

const CHUNK = Buffer.alloc(1 << 20);

/** Mounts one over a folder; null where the system does not let us. */
export function smallDisk(folder: string, bytes: number): SmallDisk | null {
  if (!done('mount', '-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'tmpfs', folder)) return null;
  const ballast = join(folder, '.ballast');
  return {
    fill: () => fill(folder, ballast),
    makeRoom: () => rmSync(ballast, { force: true }),
    setReadOnly: (readOnly) => {
      // A file open for writing forbids it, as on a real disk; the kernel's own emergency remount is what `force` would be.
      done('mount', '-o', `remount,${readOnly ? 'ro' : 'rw'}`, folder);
    },
    remove: () => void done('umount', '-l', folder),
  };
}

function fill(folder: string, ballast: string): void {
  const file = openSync(ballast, 'w', 0o600);
  try {
    for (let left = free(folder); left > 0; left = free(folder)) writeSync(file, CHUNK, 0, Math.min(left, CHUNK.length));
  } finally {
    closeSync(file);
  }
}

function free(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function done(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const CHUNK = Buffer.alloc(1 << 20);

/** A file system of its own and of this size, in memory, so that it can be full or read-only without anybody else noticing. */
export class SmallDisk {
  readonly dir: string;
  readonly #filler: string;

  /** @throws Error where the system lets nobody mount; root may, as the checks are */
  constructor(dir: string, megabytes: number) {
    mkdirSync(dir, { recursive: true });
    run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', dir);
    this.dir = dir;
    this.#filler = join(dir, '.filler');
  }

  /** Takes all the space there is but this, until `makeRoom`. */
  fill(leftBytes = 0): void {
    const file = openSync(this.#filler, 'w', 0o600);
    try {
      for (let left = this.#free() - leftBytes; left > 0; left = this.#free() - leftBytes) writeSync(file, CHUNK, 0, Math.min(left, CHUNK.length));
    } finally {
      closeSync(file);
    }
  }

  makeRoom(): void {
    rmSync(this.#filler, { force: true });
  }

  /** As the kernel does with a disk that fails; it refuses while a file is open for writing. */
  setReadOnly(readOnly: boolean): void {
    run('mount', '-o', `remount,${readOnly ? 'ro' : 'rw'}`, this.dir);
  }

  remove(): void {
    run('umount', '-l', this.dir);
    rmSync(this.dir, { recursive: true, force: true });
  }

  #free(): number {
    const { bavail, bsize } = statfsSync(this.dir);
    return bavail * bsize;
  }
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim()}`);
}

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own and of this size, in memory. Mounting one needs root, as the checks have it. */
export class SmallDisk {
  readonly dir = mkdtempSync(join(tmpdir(), 'small-disk-'));
  readonly #filler = join(this.dir, 'filler');

  constructor(megabytes: number) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', this.dir]);
  }

  /** Leaves this much. */
  fill(megabytes: number): void {
    writeFileSync(this.#filler, Buffer.alloc(megabytes * 2 ** 20));
  }

  makeRoom(): void {
    rmSync(this.#filler);
  }

  /** As the kernel does with a disk that fails. */
  setReadOnly(readOnly: boolean): void {
    execFileSync('mount', ['-o', `remount,${readOnly ? 'ro' : 'rw'}`, this.dir]);
  }

  remove(): void {
    execFileSync('umount', ['-l', this.dir]);
    rmSync(this.dir, { recursive: true });
  }
}

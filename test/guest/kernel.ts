import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CodedError } from '#kit/process/errors.ts';
import { packedKernel } from './boot-image.ts';

const run = promisify(execFile);
/** Debian's full kernel: the cloud one has neither sound cards nor cameras. */
const META_PACKAGE = 'linux-image-amd64';
/** Where Debian's DKMS puts drivers that are no part of the kernel, having built them for it. */
const BUILT_BESIDE = 'updates/dkms';

/** Debian's kernel, unpacked and never installed on this machine. */
export class Kernel {
  readonly #folder: string;
  readonly version: string;
  readonly #needs: ReadonlyMap<string, readonly string[]>;

  private constructor(folder: string, version: string) {
    this.#folder = folder;
    this.version = version;
    this.#needs = needsFrom(readFileSync(join(folder, 'lib/modules', version, 'modules.dep'), 'utf8'));
  }

  /** Brings it from Debian the first time. `cacheDir` may be shared. */
  static async fetch(cacheDir: string): Promise<Kernel> {
    const folder = join(cacheDir, 'kernel');
    if (!existsSync(folder)) await unpack(folder);
    const [version] = readdirSync(join(folder, 'lib/modules'));
    if (version === undefined) throw new CodedError('no_kernel', `${folder} has no kernel in it: remove it and try again.`);
    return new Kernel(folder, version);
  }

  get image(): string {
    return join(this.#folder, 'boot', `vmlinux-${this.version}`);
  }

  /** Files of these modules and of all that they need, in the order in which they load. @throws CodedError where the kernel has no such module */
  modules(names: readonly string[]): string[] {
    const ordered: string[] = [];
    for (const name of names) {
      const path = [...this.#needs.keys()].find((key) => moduleName(key) === name);
      if (path === undefined) throw new CodedError('no_module', `The kernel ${this.version} in ${this.#folder} has no module ${name}. Remove that folder, then run \`dkms autoinstall -k ${this.version}\` and this again.`);
      for (const each of [...(this.#needs.get(path) ?? []).toReversed(), path]) if (!ordered.includes(each)) ordered.push(each);
    }
    return ordered.map((path) => join(this.#folder, 'lib/modules', this.version, path));
  }
}

/** `modules.dep`: a module and a colon, then what it needs, in the reverse of the order in which they load (modules.dep(5)). */
export function needsFrom(text: string): Map<string, string[]> {
  const lines = text.split('\n').filter((line) => line.includes(':'));
  return new Map(lines.map((line) => {
    const [path = '', needs = ''] = line.split(':');
    return [path, needs.split(' ').filter((need) => need !== '')];
  }));
}

export function moduleName(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
}

async function unpack(folder: string): Promise<void> {
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const { stdout } = await run('apt-cache', ['depends', META_PACKAGE]);
  const name = /Depends: (linux-image-\d\S*)/.exec(stdout)?.[1];
  if (name === undefined) throw new CodedError('no_kernel', `Debian names no kernel for ${META_PACKAGE}: run apt-get update.`);
  await run('apt-get', ['download', '-qq', name], { cwd: partial });
  const [archive = ''] = readdirSync(partial).filter((file) => file.endsWith('.deb'));
  await run('dpkg', ['-x', archive, '.'], { cwd: partial });
  rmSync(join(partial, archive));
  const [version = ''] = readdirSync(join(partial, 'lib/modules'));
  takeBuiltBeside(partial, version);
  await run('busybox', ['depmod', '-b', partial, version]);
  const { stdout: kernel, status } = spawnSync('xz', ['-dc'], { input: packedKernel(readFileSync(join(partial, 'boot', `vmlinuz-${version}`))), maxBuffer: 1 << 28 });
  if (status !== 0) throw new CodedError('no_kernel', `The kernel ${name} could not be unpacked.`);
  writeFileSync(join(partial, 'boot', `vmlinux-${version}`), kernel);
  renameSync(partial, folder);
}

/** None where DKMS built for another kernel than Debian's newest, which is this machine's own then: `dkms autoinstall -k VERSION` makes up for it. */
function takeBuiltBeside(folder: string, version: string): void {
  const built = join('lib/modules', version, BUILT_BESIDE);
  if (existsSync(join('/', built))) cpSync(join('/', built), join(folder, built), { recursive: true });
}

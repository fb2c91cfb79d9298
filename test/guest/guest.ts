import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { startChild, type Child } from '#kit/process/child.ts';
import { cpioArchive, type CpioEntry } from './cpio.ts';
import { moduleName, type Kernel } from './kernel.ts';

export interface GuestOptions {
  readonly kernel: Kernel;
  /** A folder of its own, for what it boots from. */
  readonly dir: string;
  /** Raw image with an ext4 file system, mounted at /mnt. */
  readonly disk?: string;
  /** Modules beside those that disk and files need. */
  readonly modules?: readonly string[];
  /** Run by the guest's shell as root; the machine's own files are there to read, /tmp and /mnt to write. */
  readonly command: string;
  /** Every line of its console. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

const BASE_MODULES = ['virtio_pci', 'virtio_blk', 'virtio_net', '9pnet_virtio', '9p', 'crc32c_generic', 'ext4'];
const BUSYBOX = '/bin/busybox';
const FOLDER = 0o040755;
const PROGRAM = 0o100755;

/** In the machine's own files, read-only; what is written stays in memory or on the disk that is tried. */
const INIT = `#!${BUSYBOX} sh
${BUSYBOX} --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for module in $(cat /modules); do insmod $module || echo "no $module"; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=524288,cache=loose machine /machine
for folder in tmp mnt run var/tmp; do mount -t tmpfs tmpfs /machine/$folder; done
for folder in proc sys dev; do mount --rbind /$folder /machine/$folder; done
mkdir -p /machine/dev/shm /machine/dev/pts; mount -t tmpfs tmpfs /machine/dev/shm
[ -b /dev/vda ] && mount -t ext4 /dev/vda /machine/mnt
ip link set lo up
export HOME=/tmp PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cp /command /machine/tmp/command
chroot /machine /bin/sh /tmp/command
echo "guest-command-ended $?"
sync; poweroff -f
`;

/** A whole machine in software: what it had not written to its disk is gone when it is killed, as in a power cut. */
export function startGuest({ kernel, dir, disk, modules = [], command, onLine, signal }: GuestOptions): Child {
  const initramfs = join(dir, 'initramfs');
  writeFileSync(initramfs, cpioArchive(firstRoot(kernel, [...BASE_MODULES, ...modules], command)));
  const drive = disk === undefined ? [] : ['-drive', `file=${disk},if=virtio,format=raw,cache=writeback`];
  const guest = startChild(
    'qemu-system-x86_64',
    [
      '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '1536', '-nographic', '-no-reboot', '-nic', 'none',
      '-kernel', kernel.image, '-initrd', initramfs, '-append', 'console=ttyS0 quiet panic=-1 mitigations=off',
      '-virtfs', 'local,path=/,mount_tag=machine,security_model=none,readonly=on,multidevs=remap', ...drive,
    ],
    { signal, name: 'guest', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (guest.process.stdout !== null) createInterface({ input: guest.process.stdout }).on('line', (line) => onLine(line.trimEnd()));
  return guest;
}

function firstRoot(kernel: Kernel, modules: readonly string[], command: string): CpioEntry[] {
  const files = kernel.modules(modules.map((name) => name.replaceAll('-', '_')));
  const folders = ['bin', 'proc', 'sys', 'dev', 'machine', 'modules.d'].map((path) => ({ path, mode: FOLDER }));
  const loaded = files.map((file) => ({ path: `modules.d/${moduleName(file)}.ko`, mode: 0o100644, data: readFileSync(file) }));
  return [
    ...folders,
    { path: 'bin/busybox', mode: PROGRAM, data: readFileSync(BUSYBOX) },
    { path: 'init', mode: PROGRAM, data: Buffer.from(INIT) },
    { path: 'command', mode: PROGRAM, data: Buffer.from(`${command}\n`) },
    { path: 'modules', mode: 0o100644, data: Buffer.from(loaded.map(({ path }) => `/${path}`).join('\n')) },
    ...loaded,
  ];
}

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
  /** Mounted at /run/disk. */
  readonly disk?: GuestDisk;
  /** Drivers that its command may put in by itself, from /run/modules/NAME.ko: what they need is in already. */
  readonly drivers?: readonly string[];
  /**
   * `instructions`: a second of its time is a thousand million of its instructions, however long this machine takes over them, so that what
   * it measures is that of a processor of such a speed. `real`: this machine's time.
   */
  readonly clock?: 'real' | 'instructions';
  /** Run by the guest's shell as root; the machine's own files are there to read, /run to write. */
  readonly command: string;
  /** Every line of its console. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface GuestDisk {
  /** Raw image with an ext4 file system. */
  readonly image: string;
  /** All that the disk is told goes here too (`write-log.ts`): an empty file. */
  readonly log: string;
}

const BASE_MODULES = ['virtio_pci', 'virtio_blk', '9pnet_virtio', '9p', 'crc32c_generic', 'ext4'];
const BUSYBOX = '/bin/busybox';
const FOLDER = 0o040755;
const PROGRAM = 0o100755;
const FILE = 0o100644;

/** In the machine's own files, read-only; what is written stays in memory or on the disk that is tried. */
const INIT = `#!${BUSYBOX} sh
${BUSYBOX} --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for module in $(cat /modules); do insmod $module || echo "no $module"; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=524288,cache=loose machine /machine
mount -t tmpfs tmpfs /machine/run
for folder in proc sys dev; do mount --rbind /$folder /machine/$folder; done
mkdir -p /machine/dev/shm /machine/dev/pts; mount -t tmpfs tmpfs /machine/dev/shm
mkdir /machine/run/disk; [ -b /dev/vda ] && mount -t ext4 /dev/vda /machine/run/disk
ip link set lo up
export HOME=/run TMPDIR=/run PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cp -r /drivers /machine/run/modules
cp /command /machine/run/command
echo
chroot /machine /bin/sh /run/command
echo "guest-command-ended $?"
sync; poweroff -f
`;

/** A whole machine in software: what it had not written to its disk is gone when it is killed, as in a power cut. */
export function startGuest({ kernel, dir, disk, drivers = [], clock = 'real', command, onLine, signal }: GuestOptions): Child {
  const initramfs = join(dir, 'initramfs');
  writeFileSync(initramfs, cpioArchive(firstRoot(kernel, drivers, command)));
  const guest = startChild(
    'qemu-system-x86_64',
    [
      '-accel', 'tcg,thread=single', '-cpu', 'max', '-smp', '1', '-m', '1024', '-nographic', '-no-reboot', '-nic', 'none',
      ...(clock === 'instructions' ? ['-icount', 'shift=0,sleep=on', '-rtc', 'clock=vm'] : []),
      '-kernel', kernel.image, '-initrd', initramfs, '-append', 'console=ttyS0 quiet panic=-1 mitigations=off',
      '-virtfs', 'local,path=/,mount_tag=machine,security_model=none,readonly=on,multidevs=remap', ...(disk === undefined ? [] : driveOf(disk)),
    ],
    { signal, name: 'guest', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (guest.process.stdout !== null) createInterface({ input: guest.process.stdout }).on('line', (line) => onLine(line.trimEnd()));
  return guest;
}

function driveOf({ image, log }: GuestDisk): string[] {
  const file = (filename: string): object => ({ driver: 'raw', file: { driver: 'file', filename } });
  return ['-blockdev', JSON.stringify({ driver: 'blklogwrites', 'node-name': 'disk', file: file(image), log: file(log) }), '-device', 'virtio-blk-pci,drive=disk'];
}

function firstRoot(kernel: Kernel, drivers: readonly string[], command: string): CpioEntry[] {
  const wanted = kernel.modules([...BASE_MODULES, ...drivers]);
  const [later, loaded] = [true, false].map((isLater) => wanted.filter((file) => drivers.includes(moduleName(file)) === isLater));
  const at = (folder: string) => (file: string): CpioEntry => ({ path: `${folder}/${moduleName(file)}.ko`, mode: FILE, data: readFileSync(file) });
  const folders = ['bin', 'proc', 'sys', 'dev', 'machine', 'modules.d', 'drivers'].map((path) => ({ path, mode: FOLDER }));
  const first = (loaded ?? []).map(at('modules.d'));
  return [
    ...folders,
    { path: 'bin/busybox', mode: PROGRAM, data: readFileSync(BUSYBOX) },
    { path: 'init', mode: PROGRAM, data: Buffer.from(INIT) },
    { path: 'command', mode: PROGRAM, data: Buffer.from(`${command}\n`) },
    { path: 'modules', mode: FILE, data: Buffer.from(first.map(({ path }) => `/${path}`).join('\n')) },
    ...first,
    ...(later ?? []).map(at('drivers')),
  ];
}

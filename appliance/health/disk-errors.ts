import { join } from 'node:path';
import { namesIn, textOf } from './kernel-files.ts';
import { ext4ErrorsOf, ioErrorsOf } from './machine-files.ts';

/** Disks, not what is mapped onto them. */
export const DISK = /^(sd|nvme|vd|mmcblk)/;

/**
 * How often each disk failed, and each file system on one: SCSI and SATA disks count their errors themselves; for NVMe and eMMC, which do not,
 * ext4 tells. Every file system that is mounted counts, not only that of the recordings: the box does not run without any of them.
 */
export async function readDiskErrors(sys = '/sys'): Promise<Record<string, number>> {
  const [disks, fileSystems] = await Promise.all([textsIn(join(sys, 'block'), DISK, 'device/ioerr_cnt'), textsIn(join(sys, 'fs/ext4'), /./, 'errors_count')]);
  return { ...ioErrorsOf(disks), ...ext4ErrorsOf(fileSystems) };
}

async function textsIn(folder: string, pattern: RegExp, file: string): Promise<Record<string, string>> {
  const names = await namesIn(folder, pattern);
  return Object.fromEntries(await Promise.all(names.map(async (name): Promise<[string, string]> => [name, await textOf(join(folder, name, file))])));
}

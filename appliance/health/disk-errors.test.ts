import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readDiskErrors } from './disk-errors.ts';

const sys = mkdtempSync(join(tmpdir(), 'sys-'));
afterAll(() => rmSync(sys, { recursive: true }));

function kernelTells(files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(sys, file)), { recursive: true });
    writeFileSync(join(sys, file), text);
  }
}

it('tells the errors of a machine that has no files of the kernel’s: none', async () => {
  expect(await readDiskErrors(join(sys, 'nowhere'))).toEqual({});
});

it('tells those of an NVMe or eMMC disk, which keeps no count, by the file systems on it, and those of a SATA disk by both', async () => {
  kernelTells({
    'block/nvme0n1/stat': '1 2 3', 'block/mmcblk0/stat': '1 2 3', 'block/sda/device/ioerr_cnt': '0x1f\n', 'block/loop0/device/ioerr_cnt': '0x1\n',
    'fs/ext4/features/lazy_itable_init': 'supported\n', 'fs/ext4/nvme0n1p2/errors_count': '3\n', 'fs/ext4/mmcblk0p1/errors_count': '0\n', 'fs/ext4/sda/errors_count': '10\n',
  });
  expect(await readDiskErrors(sys)).toEqual({ 'sda': 31, 'ext4 on nvme0n1p2': 3, 'ext4 on mmcblk0p1': 0, 'ext4 on sda': 10 });
});

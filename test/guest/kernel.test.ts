import { expect, it } from 'vitest';
import { moduleName, needsFrom } from './kernel.ts';

it('reads what modules need', () => {
  const needs = needsFrom('kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko kernel/lib/crc16.ko\nkernel/lib/crc16.ko:\n');
  expect(needs.get('kernel/fs/ext4/ext4.ko')).toEqual(['kernel/fs/jbd2/jbd2.ko', 'kernel/lib/crc16.ko']);
  expect(needs.get('kernel/lib/crc16.ko')).toEqual([]);
});

it('knows a module by its name, however its file is called', () => {
  expect([moduleName('kernel/sound/drivers/snd-aloop.ko'), moduleName('a/ext4.ko.xz')]).toEqual(['snd_aloop', 'ext4']);
});

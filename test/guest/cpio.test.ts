import { expect, it } from 'vitest';
import { cpioArchive } from './cpio.ts';

it('is laid out as cpio(5) says', () => {
  const archive = cpioArchive([{ path: 'ab', mode: 0o100644, data: Buffer.from('hello') }]).toString('latin1');
  expect(archive.slice(0, 110)).toBe(
    `070701${'00000001'}${'000081a4'}${'00000000'.repeat(2)}${'00000001'}${'00000000'}${'00000005'}${'00000000'.repeat(4)}${'00000003'}${'00000000'}`,
  );
  expect(archive.slice(110, 124)).toBe('ab\0\0\0\0hello\0\0\0');
  expect(archive.length % 4).toBe(0);
});

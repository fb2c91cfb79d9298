import { expect, it } from 'vitest';
import { packedKernel } from './boot-image.ts';

function image(payload: string): Buffer {
  const bytes = Buffer.alloc(0x600);
  bytes.writeUInt8(1, 0x1f1);
  bytes.writeUInt32LE(0x20, 0x248);
  bytes.writeUInt32LE(payload.length / 2 + 4, 0x24c);
  bytes.write(payload, 2 * 512 + 0x20, 'hex');
  return bytes;
}

it('is where the boot image says, without its length', () => {
  expect(packedKernel(image('fd377a585a00aabb')).toString('hex')).toBe('fd377a585a00aabb');
});

it('is refused where it is packed otherwise', () => {
  expect(() => packedKernel(image('28b52ffd00000000'))).toThrow('another way');
});

import { CodedError } from '#kit/process/errors.ts';

const XZ = Buffer.from('fd377a585a00', 'hex');
const SETUP_SECTORS_AT = 0x1f1;
const PAYLOAD_OFFSET_AT = 0x248;
const PAYLOAD_BYTES_AT = 0x24c;
/** The length that it unpacks to, behind the stream. */
const TRAILER_BYTES = 4;

/**
 * The packed kernel within its boot image (Linux x86 boot protocol 2.08). A processor in software needs 15 s to unpack it at every start:
 * unpacked once, it starts by its PVH entry.
 */
export function packedKernel(image: Buffer): Buffer {
  const realModeBytes = (image.readUInt8(SETUP_SECTORS_AT) + 1) * 512;
  const start = realModeBytes + image.readUInt32LE(PAYLOAD_OFFSET_AT);
  const packed = image.subarray(start, start + image.readUInt32LE(PAYLOAD_BYTES_AT) - TRAILER_BYTES);
  if (!packed.subarray(0, XZ.length).equals(XZ)) throw new CodedError('no_kernel', 'The kernel is packed in another way than xz: this guest cannot unpack it.');
  return packed;
}

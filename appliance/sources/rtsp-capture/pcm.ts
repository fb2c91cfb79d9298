/** Big-endian samples (RFC 3551 section 4.5.11) of any number of channels as s16le stereo: the first two, or the only one on both sides. */
export function stereoOf(samples: Buffer, channels: number): Buffer {
  const count = Math.floor(samples.length / (2 * channels));
  const out = Buffer.allocUnsafe(count * 4);
  const right = channels > 1 ? 2 : 0;
  for (let index = 0; index < count; index += 1) {
    const at = index * channels * 2;
    out.writeInt16LE(samples.readInt16BE(at), index * 4);
    out.writeInt16LE(samples.readInt16BE(at + right), index * 4 + 2);
  }
  return out;
}

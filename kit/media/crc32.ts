const TABLE = buildTable();

/** CRC-32 of polynomial 0x04C11DB7, most significant bit first, initial value 0, not inverted: what Ogg (RFC 3533) and NUT use. */
export function crc32(bytes: Buffer, initial: number = 0): number {
  let crc = initial;
  for (const byte of bytes) crc = (crc << 8) ^ (TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0);
  return crc >>> 0;
}

function buildTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, index) => {
    let value = index << 24;
    for (let bit = 0; bit < 8; bit += 1) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
    return value;
  });
}

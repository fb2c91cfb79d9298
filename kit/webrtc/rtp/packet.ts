/** RTP as bytes (RFC 3550 section 5.1, header extensions RFC 8285). Pure. */
export interface RtpExtension {
  readonly id: number;
  readonly value: Buffer;
}

export interface RtpHeader {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

export interface RtpPacket extends RtpHeader {
  readonly extensions: readonly RtpExtension[];
  readonly payload: Buffer;
}

const FIXED_BYTES = 12;
const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;

/** Length of the header with its CSRC list and extension, or -1 where the packet is too short for what it claims. */
export function rtpHeaderLength(packet: Buffer): number {
  if (packet.length < FIXED_BYTES || packet.readUInt8(0) >> 6 !== 2) return -1;
  const first = packet.readUInt8(0);
  let length = FIXED_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (packet.length < length + 4) return -1;
    length += 4 + packet.readUInt16BE(length + 2) * 4;
  }
  return length > packet.length ? -1 : length;
}

/** The packet, or null where it is malformed. */
export function parseRtp(packet: Buffer): RtpPacket | null {
  const headerLength = rtpHeaderLength(packet);
  if (headerLength === -1) return null;
  const first = packet.readUInt8(0);
  let end = packet.length;
  if ((first & 0x20) !== 0) {
    const padding = packet.readUInt8(packet.length - 1);
    if (padding === 0 || headerLength + padding > packet.length) return null;
    end -= padding;
  }
  const second = packet.readUInt8(1);
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    extensions: (first & 0x10) === 0 ? [] : parseExtensions(packet.subarray(FIXED_BYTES + (first & 0x0f) * 4, headerLength)),
    payload: packet.subarray(headerLength, end),
  };
}

export function extensionOf(packet: RtpPacket, id: number | null): Buffer | undefined {
  return id === null ? undefined : packet.extensions.find((extension) => extension.id === id)?.value;
}

/** The header of a packet to send. */
export function buildRtpHeader(header: RtpHeader, extensions: readonly RtpExtension[] = []): Buffer {
  return rtpHeaderWith(header, extensionBlock(extensions));
}

/** The same with an extension block that serves all packets of a frame. */
export function rtpHeaderWith(header: RtpHeader, block: Buffer | null): Buffer {
  const out = Buffer.allocUnsafe(FIXED_BYTES + (block?.length ?? 0));
  out[0] = block === null ? 0x80 : 0x90;
  out[1] = (header.marker ? 0x80 : 0) | header.payloadType;
  out.writeUInt16BE(header.sequence, 2);
  out.writeUInt32BE(header.timestamp, 4);
  out.writeUInt32BE(header.ssrc, 8);
  if (block !== null) out.set(block, FIXED_BYTES);
  return out;
}

/** Extensions in the one-byte form where they fit it, else in the two-byte form; null where there are none. */
export function extensionBlock(extensions: readonly RtpExtension[]): Buffer | null {
  if (extensions.length === 0) return null;
  const short = extensions.every(({ id, value }) => id >= 1 && id <= 14 && value.length >= 1 && value.length <= 16);
  const parts = extensions.map(({ id, value }) =>
    Buffer.concat([Buffer.from(short ? [(id << 4) | (value.length - 1)] : [id, value.length]), value]),
  );
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  const words = Math.ceil(bytes / 4);
  const out = Buffer.alloc(4 + words * 4);
  out.writeUInt16BE(short ? ONE_BYTE_PROFILE : TWO_BYTE_PROFILE, 0);
  out.writeUInt16BE(words, 2);
  let at = 4;
  for (const part of parts) at += part.copy(out, at);
  return out;
}

/** Overwrites the two bytes of a header's first extension: what is only known when the packet leaves. */
export function writeFirstExtension(header: Buffer, value: number): void {
  const oneByte = header.readUInt16BE(FIXED_BYTES) === ONE_BYTE_PROFILE;
  header.writeUInt16BE(value, FIXED_BYTES + (oneByte ? 5 : 6));
}

function parseExtensions(block: Buffer): RtpExtension[] {
  const profile = block.readUInt16BE(0);
  if (profile === ONE_BYTE_PROFILE) return parseOneByte(block);
  return (profile & 0xfff0) === TWO_BYTE_PROFILE ? parseTwoByte(block) : [];
}

/** RFC 8285 section 4.2: id 0 is one byte of padding, id 15 ends the list. */
function parseOneByte(block: Buffer): RtpExtension[] {
  const found: RtpExtension[] = [];
  for (let at = 4; at < block.length; ) {
    const head = block.readUInt8(at);
    at += 1;
    if (head === 0) continue;
    const length = (head & 0x0f) + 1;
    if (head >> 4 === 15 || at + length > block.length) break;
    found.push({ id: head >> 4, value: block.subarray(at, at + length) });
    at += length;
  }
  return found;
}

/** RFC 8285 section 4.3. */
function parseTwoByte(block: Buffer): RtpExtension[] {
  const found: RtpExtension[] = [];
  for (let at = 4; at < block.length; ) {
    const id = block.readUInt8(at);
    at += 1;
    if (id === 0) continue;
    if (at >= block.length) break;
    const length = block.readUInt8(at);
    at += 1;
    if (at + length > block.length) break;
    found.push({ id, value: block.subarray(at, at + length) });
    at += length;
  }
  return found;
}

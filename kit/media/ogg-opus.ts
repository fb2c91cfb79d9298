import { CodedError } from '../process/errors.ts';
import { crc32 } from './crc32.ts';

/** Ogg pages (RFC 3533) holding Opus (RFC 7845), one packet a page so that nothing waits to fill one. */
const CAPTURE = Buffer.from('OggS', 'latin1');
const HEAD_BYTES = 27;
const CONTINUED = 1;
const FIRST_PAGE = 2;
const MAX_PACKET_BYTES = 255 * 254;

export interface OggPage {
  readonly flags: number;
  /** Samples at 48 kHz up to the end of the page, pre-skip included. */
  readonly granule: number;
  readonly serial: number;
  readonly sequence: number;
  readonly packet: Buffer;
}

/** A page with one whole packet of at most 64,770 bytes. */
export function oggPage(page: OggPage): Buffer {
  const segments = Math.floor(page.packet.length / 255) + 1;
  const head = Buffer.alloc(HEAD_BYTES + segments, 255);
  CAPTURE.copy(head);
  head.writeUInt8(0, 4);
  head.writeUInt8(page.flags, 5);
  head.writeBigInt64LE(BigInt(page.granule), 6);
  head.writeUInt32LE(page.serial, 14);
  head.writeUInt32LE(page.sequence >>> 0, 18);
  head.writeUInt32LE(0, 22);
  head.writeUInt8(segments, 26);
  head.writeUInt8(page.packet.length % 255, HEAD_BYTES + segments - 1);
  head.writeUInt32LE(crc32(page.packet, crc32(head)), 22);
  return Buffer.concat([head, page.packet]);
}

/** Ogg/Opus stream of packets at 48 kHz, as FFmpeg reads it from a pipe. Pure: every method answers the bytes to send. */
export class OggOpusWriter {
  readonly #channels: 1 | 2;
  readonly #preSkip: number;
  #sequence = 0;
  #granule = 0;

  constructor(channels: 1 | 2, preSkip: number = 0) {
    this.#channels = channels;
    this.#preSkip = preSkip;
  }

  /** OpusHead and OpusTags (RFC 7845 section 5). */
  header(): Buffer {
    const head = Buffer.concat([Buffer.from('OpusHead\x01', 'latin1'), Buffer.from([this.#channels, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0])]);
    head.writeUInt16LE(this.#preSkip, 10);
    const tags = Buffer.concat([Buffer.from('OpusTags', 'latin1'), Buffer.from([7, 0, 0, 0]), Buffer.from('lectern'), Buffer.alloc(4)]);
    return Buffer.concat([this.#page(FIRST_PAGE, head), this.#page(0, tags)]);
  }

  packet(data: Buffer, samples: number): Buffer {
    this.#granule += samples;
    return this.#page(0, data);
  }

  #page(flags: number, packet: Buffer): Buffer {
    const page = oggPage({ flags, granule: this.#granule, serial: 1, sequence: this.#sequence, packet });
    this.#sequence += 1;
    return page;
  }
}

/**
 * Opus packets of an Ogg stream, header packets left out, from chunks cut anywhere. Pages with a wrong checksum are passed over;
 * packets that continue over pages are put together. Holds one page and one packet.
 */
export class OggOpusReader {
  #pending: Buffer = Buffer.alloc(0);
  #partial: Buffer[] = [];

  push(chunk: Buffer): Buffer[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const packets: Buffer[] = [];
    for (;;) {
      const start = this.#pending.indexOf(CAPTURE);
      if (start === -1) break;
      this.#pending = this.#pending.subarray(start);
      const length = pageLength(this.#pending);
      if (length === null || length > this.#pending.length) break;
      const page = Buffer.from(this.#pending.subarray(0, length));
      const whole = hasChecksum(page);
      if (whole) packets.push(...this.#readPage(page));
      // A wrong checksum may be junk that looks like a page: look for the next from just behind its first letter.
      this.#pending = this.#pending.subarray(whole ? length : 1);
    }
    this.#pending = Buffer.from(this.#pending.subarray(Math.max(0, this.#pending.length - 65_307)));
    return packets.filter((packet) => !isHeader(packet));
  }

  #readPage(page: Buffer): Buffer[] {
    const packets: Buffer[] = [];
    const segments = page.readUInt8(26);
    if ((page.readUInt8(5) & CONTINUED) === 0) this.#partial = [];
    let at = HEAD_BYTES + segments;
    for (let index = 0; index < segments; index += 1) {
      const size = page.readUInt8(HEAD_BYTES + index);
      this.#partial.push(page.subarray(at, at + size));
      at += size;
      if (size === 255) continue;
      packets.push(Buffer.concat(this.#partial));
      this.#partial = [];
    }
    if (this.#partial.length * 255 > MAX_PACKET_BYTES) throw new CodedError('bad_ogg', 'The Opus stream has a packet that is too large. Publish again from a working encoder.');
    return packets;
  }
}

function pageLength(bytes: Buffer): number | null {
  if (bytes.length < HEAD_BYTES) return null;
  const segments = bytes.readUInt8(26);
  if (bytes.length < HEAD_BYTES + segments) return null;
  let length = HEAD_BYTES + segments;
  for (let index = 0; index < segments; index += 1) length += bytes.readUInt8(HEAD_BYTES + index);
  return length;
}

function hasChecksum(page: Buffer): boolean {
  const claimed = page.readUInt32LE(22);
  const zeroed = Buffer.from(page);
  zeroed.writeUInt32LE(0, 22);
  return crc32(zeroed) === claimed;
}

function isHeader(packet: Buffer): boolean {
  const magic = packet.toString('latin1', 0, 8);
  return magic === 'OpusHead' || magic === 'OpusTags';
}

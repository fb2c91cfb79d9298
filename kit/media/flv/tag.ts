import { CodedError } from '../../process/errors.ts';

/** FLV 10.1 annex E. Numbers are big-endian; timestamps are milliseconds, 24 bits and an upper byte. */
export const FLV_TAG = { audio: 8, video: 9, script: 18 } as const;

export interface FlvTag {
  readonly type: number;
  /** Milliseconds, wraps at 2^32. */
  readonly timestampMs: number;
  readonly data: Buffer;
}

const TAG_HEAD_BYTES = 11;
const MAX_TAG_BYTES = 8 * 1024 * 1024;

/** File header and the first (zero) previous-tag size. */
export function flvHeader(has: { video: boolean; audio: boolean } = { video: true, audio: true }): Buffer {
  const flags = (has.audio ? 4 : 0) | (has.video ? 1 : 0);
  return Buffer.from([0x46, 0x4c, 0x56, 1, flags, 0, 0, 0, 9, 0, 0, 0, 0]);
}

/** A tag with the size of itself behind it. */
export function flvTag(type: number, timestampMs: number, ...parts: readonly Buffer[]): Buffer {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  const time = Math.round(timestampMs) % 2 ** 32;
  const head = Buffer.alloc(TAG_HEAD_BYTES);
  head.writeUInt8(type, 0);
  head.writeUIntBE(bytes, 1, 3);
  head.writeUIntBE(time % 2 ** 24, 4, 3);
  head.writeUInt8(Math.floor(time / 2 ** 24), 7);
  const tail = Buffer.allocUnsafe(4);
  tail.writeUInt32BE(TAG_HEAD_BYTES + bytes);
  return Buffer.concat([head, ...parts, tail]);
}

/** Reads an FLV stream from chunks cut anywhere; holds one unfinished tag. Malformed input throws `CodedError` `bad_flv`. */
export class FlvReader {
  #pending: Buffer = Buffer.alloc(0);
  #begun = false;

  push(chunk: Buffer): FlvTag[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    let at = this.#begun ? 0 : this.#begin();
    const tags: FlvTag[] = [];
    while (this.#begun) {
      const read = readTag(this.#pending, at);
      if (read === null) break;
      tags.push(read.tag);
      at = read.end;
    }
    this.#pending = Buffer.from(this.#pending.subarray(at));
    return tags;
  }

  /** Passes over the header once it is whole. */
  #begin(): number {
    const seen = this.#pending.subarray(0, 3);
    if (!'FLV'.startsWith(seen.toString('latin1'))) throw badFlv('it does not begin as FLV');
    if (this.#pending.length < 9) return 0;
    const end = this.#pending.readUInt32BE(5) + 4;
    if (end < 13 || end > 1024) throw badFlv('its header has an impossible size');
    if (this.#pending.length < end) return 0;
    this.#begun = true;
    return end;
  }
}

function readTag(bytes: Buffer, at: number): { tag: FlvTag; end: number } | null {
  if (at + TAG_HEAD_BYTES > bytes.length) return null;
  const size = bytes.readUIntBE(at + 1, 3);
  if (size > MAX_TAG_BYTES) throw badFlv('a tag is too large');
  const from = at + TAG_HEAD_BYTES;
  const end = from + size + 4;
  if (end > bytes.length) return null;
  if (bytes.readUInt32BE(end - 4) !== TAG_HEAD_BYTES + size) throw badFlv('a tag does not end where it says');
  const timestampMs = bytes.readUIntBE(at + 4, 3) + bytes.readUInt8(at + 7) * 2 ** 24;
  return { tag: { type: bytes.readUInt8(at) & 0x1f, timestampMs, data: Buffer.from(bytes.subarray(from, from + size)) }, end };
}

function badFlv(why: string): CodedError {
  return new CodedError('bad_flv', `The FLV stream can't be read: ${why}. Publish again from a working encoder.`);
}

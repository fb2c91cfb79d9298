import { NutCursor } from './cursor.ts';
import { badNut, FLAG, type FrameCode, type NutMain } from './headers.ts';

export interface FrameHead {
  readonly flags: number;
  readonly stream: number;
  /** Timestamp as coded, or null where the frame code's difference to the last one holds. */
  readonly codedPts: number | null;
  readonly ptsDelta: number;
  /** Payload bytes that follow the head, side data included. */
  readonly bytes: number;
  /** Left out of the payload and put in front of it again. */
  readonly elision: Buffer;
  /** Where the payload begins. */
  readonly payloadAt: number;
}

/** Frames above this size are never elided, whatever their code says (FFmpeg's muxer and demuxer agree on it). */
const MAX_ELIDED_BYTES = 4096;

/** Frame head at `at`, or null when its last byte has not come. Throws `bad_nut` for a code that can't be. */
export function parseFrameHead(bytes: Buffer, at: number, main: NutMain): FrameHead | null {
  const cursor = new NutCursor(bytes, at);
  const code = main.codes[cursor.u8()];
  if (cursor.short) return null;
  if (code === undefined || (code.flags & FLAG.invalid) !== 0) throw badNut('a frame code is invalid');
  const flags = (code.flags & FLAG.coded) === 0 ? code.flags : code.flags ^ cursor.v();
  const stream = (flags & FLAG.streamId) === 0 ? code.stream : cursor.v();
  const codedPts = (flags & FLAG.codedPts) === 0 ? null : cursor.v();
  const size = code.sizeLsb + ((flags & FLAG.sizeMsb) === 0 ? 0 : code.sizeMul * cursor.v());
  if ((flags & FLAG.matchTime) !== 0) cursor.s();
  const index = (flags & FLAG.headerIndex) === 0 ? code.headerIndex : cursor.v();
  skipReserved(cursor, flags, code);
  if (cursor.short) return null;
  const elision = main.elisions[size > MAX_ELIDED_BYTES ? 0 : index];
  if (elision === undefined || size < elision.length) throw badNut('a frame head is malformed');
  return { flags, stream, codedPts, ptsDelta: code.ptsDelta, bytes: size - elision.length, elision, payloadAt: cursor.at };
}

function skipReserved(cursor: NutCursor, flags: number, code: FrameCode): void {
  const count = (flags & FLAG.reserved) === 0 ? code.reserved : cursor.v();
  for (let index = 0; index < count && !cursor.short; index += 1) cursor.v();
  if ((flags & FLAG.checksum) !== 0) cursor.take(4);
}

/** Payload without side data and metadata (NUT 4), which no stream of ours needs. */
export function dropSideData(payload: Buffer): Buffer {
  const cursor = new NutCursor(payload);
  skipEntries(cursor);
  skipEntries(cursor);
  if (cursor.short) throw badNut('side data ends early');
  return payload.subarray(cursor.at);
}

/** A table of named values: a negative type announces text (-1), a blob (-2), a number (-3), a time (-4) or a fraction. */
function skipEntries(cursor: NutCursor): void {
  const count = cursor.v();
  for (let index = 0; index < count && !cursor.short; index += 1) {
    cursor.vb(); // name
    const type = cursor.s();
    if (type === -1) cursor.vb();
    else if (type === -2) {
      cursor.vb();
      cursor.vb();
    } else if (type === -3 || type < -4) cursor.s();
    else if (type === -4) cursor.v();
  }
}

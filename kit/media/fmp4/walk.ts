import { CodedError } from '../../process/errors.ts';

export interface Mp4Box {
  readonly type: string;
  /** Where the box begins, from the beginning of what was walked. */
  readonly offset: number;
  /** Whole size, head included. */
  readonly bytes: number;
  readonly payload: Buffer;
}

/** Boxes one after another. A torn last box is left out; a size that can't be throws `bad_mp4`. */
export function walkBoxes(buffer: Buffer): Mp4Box[] {
  const boxes: Mp4Box[] = [];
  let at = 0;
  for (;;) {
    const head = readBoxHead(buffer, at);
    if (head === null || at + head.bytes > buffer.length) return boxes;
    boxes.push({ type: head.type, offset: at, bytes: head.bytes, payload: buffer.subarray(at + head.headBytes, at + head.bytes) });
    at += head.bytes;
  }
}

/** Head of the box at `at`, or null when it is not whole. Takes 64-bit sizes; size 0 ("to the end") is not used in fragments. */
export function readBoxHead(buffer: Buffer, at: number): { type: string; bytes: number; headBytes: number } | null {
  if (at + 8 > buffer.length) return null;
  const type = buffer.toString('latin1', at + 4, at + 8);
  const small = buffer.readUInt32BE(at);
  const wide = small === 1;
  if (wide && at + 16 > buffer.length) return null;
  const bytes = wide ? Number(buffer.readBigUInt64BE(at + 8)) : small;
  const headBytes = wide ? 16 : 8;
  if (bytes < headBytes || !/^[\x20-\x7e\xa9]{4}$/.test(type)) throw badMp4(`at byte ${at} there is no box`);
  return { type, bytes, headBytes };
}

/** First box at a path of nested boxes, e.g. `['traf', 'tfdt']`. */
export function findBox(buffer: Buffer, path: readonly string[]): Buffer | null {
  let inside = buffer;
  for (const type of path) {
    const found = walkBoxes(inside).find((candidate) => candidate.type === type);
    if (found === undefined) return null;
    inside = found.payload;
  }
  return inside;
}

export function badMp4(why: string): CodedError {
  return new CodedError('bad_mp4', `The recording can't be read: ${why}. It is kept as it is.`);
}

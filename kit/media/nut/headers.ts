import { CodedError } from '../../process/errors.ts';
import { NutCursor } from './cursor.ts';

export interface TimeBase {
  readonly num: number;
  readonly den: number;
}

export interface NutStream {
  readonly id: number;
  readonly kind: 'video' | 'audio' | 'other';
  /** Codec tag as text, e.g. `H264`, `Opus`; FFmpeg writes AAC as the two bytes `ff 00`, here `aac`. */
  readonly codec: string;
  /** Codec private data. H.264: Annex B parameter sets (FFmpeg writes a global header). AAC: AudioSpecificConfig. Opus: OpusHead. */
  readonly extradata: Buffer;
  readonly timeBase: TimeBase;
  readonly width: number;
  readonly height: number;
  readonly sampleRateHz: number;
  readonly channels: number;
}

/** What a frame code stands for. */
export interface FrameCode {
  readonly flags: number;
  readonly stream: number;
  readonly sizeMul: number;
  readonly sizeLsb: number;
  readonly ptsDelta: number;
  readonly reserved: number;
  readonly headerIndex: number;
}

export interface NutMain {
  readonly timeBases: readonly TimeBase[];
  readonly codes: readonly FrameCode[];
  /** Bytes that begin many frames and are left out of them; index 0 is empty. */
  readonly elisions: readonly Buffer[];
}

/** A stream as its header gives it, with how its timestamps are shortened. */
export interface NutStreamEntry extends NutStream {
  readonly timeBaseId: number;
  readonly msbPtsShift: number;
}

export const FLAG = {
  key: 1, endOfRelevance: 2, codedPts: 8, streamId: 16, sizeMsb: 32, checksum: 64, reserved: 128, sideData: 256,
  headerIndex: 1024, matchTime: 2048, coded: 4096, invalid: 8192,
} as const;

const LETTER_N = 0x4e;
const INVALID: FrameCode = { flags: FLAG.invalid, stream: 0, sizeMul: 1, sizeLsb: 0, ptsDelta: 0, reserved: 0, headerIndex: 0 };
const MAX_STREAMS = 16;

export function badNut(why: string): CodedError {
  return new CodedError('bad_nut', `The media pipe can't be read: ${why}. The process that writes it has to be restarted.`, { status: 500 });
}

/** Main header's payload (NUT specification, "main header"), checksum already taken off. */
export function parseMainHeader(payload: Buffer): NutMain {
  const cursor = new NutCursor(payload);
  const version = cursor.v();
  if (version < 2 || version > 4) throw badNut(`version ${version} of NUT is unknown`);
  if (version > 3) cursor.v(); // minor version
  if (cursor.v() > MAX_STREAMS) throw badNut('it announces too many streams');
  cursor.v(); // max_distance
  const timeBases = readTimeBases(cursor);
  const codes = readFrameCodes(cursor);
  const elisions = cursor.left > 0 ? readElisions(cursor) : [Buffer.alloc(0)];
  if (cursor.short) throw badNut('the main header ends early');
  return { timeBases, codes, elisions };
}

function readTimeBases(cursor: NutCursor): TimeBase[] {
  const count = cursor.v();
  if (count < 1 || count > MAX_STREAMS) throw badNut('it has no sensible time base');
  return Array.from({ length: count }, () => {
    const base = { num: cursor.v(), den: cursor.v() };
    if (base.num === 0 || base.den === 0) throw badNut('a time base is zero');
    return base;
  });
}

/** The run-length coded table of 256 frame codes; `N` never is one, since it begins a start code. */
function readFrameCodes(cursor: NutCursor): FrameCode[] {
  const codes: FrameCode[] = [];
  let pts = 0;
  let mul = 1;
  let stream = 0;
  let headerIndex = 0;
  while (codes.length < 256) {
    const flags = cursor.v();
    const fields = cursor.v();
    if (fields > 0) pts = cursor.s();
    if (fields > 1) mul = cursor.v();
    if (fields > 2) stream = cursor.v();
    const size = fields > 3 ? cursor.v() : 0;
    const reserved = fields > 4 ? cursor.v() : 0;
    const count = fields > 5 ? cursor.v() : mul - size;
    if (fields > 6) cursor.s(); // match time
    if (fields > 7) headerIndex = cursor.v();
    for (let extra = 8; extra < fields && !cursor.short; extra += 1) cursor.v();
    if (cursor.short || count <= 0 || count > 256) throw badNut('the frame code table is malformed');
    appendCodes(codes, count, { flags, stream, sizeMul: mul, sizeLsb: size, ptsDelta: pts, reserved, headerIndex });
  }
  return codes;
}

function appendCodes(codes: FrameCode[], count: number, first: FrameCode): void {
  for (let index = 0; index < count && codes.length < 256; index += 1) {
    if (codes.length === LETTER_N) codes.push(INVALID);
    codes.push({ ...first, sizeLsb: first.sizeLsb + index });
  }
}

function readElisions(cursor: NutCursor): Buffer[] {
  const count = cursor.v();
  if (count > 127) throw badNut('it has too many elision headers');
  return [Buffer.alloc(0), ...Array.from({ length: count }, () => cursor.vb())];
}

/** Stream header's payload (NUT specification, "stream header"). */
export function parseStreamHeader(payload: Buffer, main: NutMain): NutStreamEntry {
  const cursor = new NutCursor(payload);
  const id = cursor.v();
  const streamClass = cursor.v();
  const fourcc = cursor.vb();
  const timeBaseId = cursor.v();
  const msbPtsShift = cursor.v();
  cursor.v(); // max_pts_distance
  cursor.v(); // decode_delay
  cursor.v(); // stream_flags
  const extradata = Buffer.from(cursor.vb());
  const kind = streamClass === 0 ? 'video' : streamClass === 1 ? 'audio' : 'other';
  const [first = 0, second = 1] = kind === 'other' ? [] : [cursor.v(), cursor.v()];
  const third = kind === 'audio' ? cursor.v() : 0;
  const timeBase = main.timeBases[timeBaseId];
  if (cursor.short || timeBase === undefined || id >= MAX_STREAMS || msbPtsShift > 30) throw badNut('a stream header is malformed');
  const video = kind === 'video' ? { width: first, height: second } : { width: 0, height: 0 };
  const audio = kind === 'audio' ? { sampleRateHz: first / Math.max(1, second), channels: third } : { sampleRateHz: 0, channels: 0 };
  return { id, kind, codec: codecName(fourcc), extradata, timeBase, timeBaseId, msbPtsShift, ...video, ...audio };
}

function codecName(fourcc: Buffer): string {
  if (fourcc[0] === 0xff && fourcc[1] === 0) return 'aac';
  return fourcc.toString('latin1').replaceAll('\0', '');
}

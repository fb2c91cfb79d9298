import { badMp4, findBox, readBoxHead, walkBoxes } from './walk.ts';

export interface FragmentEntry {
  /** Where the `moof` (or the `prft` in front of it) begins in the file, bytes. */
  readonly moofOffset: number;
  /** From there to the end of its `mdat`. */
  readonly bytes: number;
  /** Of the first track in the fragment, in that track's timescale. */
  readonly trackId: number;
  readonly baseDecodeTime: number;
  readonly durationUs: number;
  /** Whether the first track's first sample is a keyframe. */
  readonly keyframe: boolean;
}

export interface FragmentIndex {
  /** Bytes of `ftyp` and `moov`, or 0 while they have not been seen whole. */
  readonly initBytes: number;
  readonly fragments: readonly FragmentEntry[];
  /** End of the last whole fragment: what follows is torn and can be cut off. */
  readonly wholeBytes: number;
  /** Timescale of each track by its id. */
  readonly timescales: ReadonlyMap<number, number>;
}

/** Largest `moov` or `moof` held in memory. */
const MAX_HEAD_BYTES = 8 * 1024 * 1024;
const NON_SYNC = 0x00010000;

/** Index of a fragmented file read in chunks. Holds one `moof` at most; media data is passed over. Throws `bad_mp4` for what is no MP4. */
export async function readFragmentIndex(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<FragmentIndex> {
  const reader = new FragmentIndexReader();
  for await (const chunk of chunks) reader.push(chunk);
  return reader.index();
}

/** The same, fed by hand: for a file that grows. */
export class FragmentIndexReader {
  readonly #fragments: FragmentEntry[] = [];
  readonly #timescales = new Map<number, number>();
  #pending: Buffer = Buffer.alloc(0);
  #offset = 0;
  #skip = 0;
  #initBytes = 0;
  #wholeBytes = 0;
  /** A fragment whose `mdat` has not come whole; `start` is its `prft` or `moof`. */
  #open: { start: number; head: Omit<FragmentEntry, 'moofOffset' | 'bytes'> | null } | null = null;
  /** Position at which the skipped `mdat` ends and the open fragment is whole. */
  #mdatEnd: number | null = null;

  push(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (this.#passOver() || this.#step()) continue;
    if (this.#pending.length > MAX_HEAD_BYTES) throw badMp4('a header is too large');
  }

  index(): FragmentIndex {
    return { initBytes: this.#initBytes, fragments: [...this.#fragments], wholeBytes: this.#wholeBytes, timescales: new Map(this.#timescales) };
  }

  /** Drops media data. True when some was dropped. */
  #passOver(): boolean {
    const taken = Math.min(this.#skip, this.#pending.length);
    this.#skip -= taken;
    this.#consume(taken);
    if (this.#mdatEnd !== null && this.#offset >= this.#mdatEnd) this.#closeFragment(this.#mdatEnd);
    return taken > 0;
  }

  #step(): boolean {
    const head = this.#skip > 0 ? null : readBoxHead(this.#pending, 0);
    if (head === null) return false;
    if (head.type === 'mdat') return this.#beginData(head.bytes);
    if (head.bytes > MAX_HEAD_BYTES) throw badMp4(`its ${head.type} is too large`);
    if (this.#pending.length < head.bytes) return false;
    this.#take(head.type, this.#pending.subarray(head.headBytes, head.bytes), head.bytes);
    this.#consume(head.bytes);
    return true;
  }

  #take(type: string, payload: Buffer, bytes: number): void {
    if (type === 'moov') {
      readTimescales(payload, this.#timescales);
      this.#initBytes = this.#offset + bytes;
      this.#wholeBytes = this.#initBytes;
    }
    if (type === 'prft') this.#open = { start: this.#offset, head: null };
    if (type === 'moof') this.#open = { start: this.#open?.start ?? this.#offset, head: readMoof(payload, this.#timescales) };
  }

  #beginData(bytes: number): boolean {
    this.#mdatEnd = this.#offset + bytes;
    this.#skip = bytes;
    return true;
  }

  #closeFragment(end: number): void {
    this.#mdatEnd = null;
    const open = this.#open;
    this.#open = null;
    if (open === null || open.head === null) return;
    this.#fragments.push({ moofOffset: open.start, bytes: end - open.start, ...open.head });
    this.#wholeBytes = end;
  }

  #consume(bytes: number): void {
    if (bytes === 0) return;
    this.#pending = this.#pending.subarray(bytes);
    this.#offset += bytes;
  }
}

function readTimescales(moov: Buffer, into: Map<number, number>): void {
  for (const trak of walkBoxes(moov).filter((candidate) => candidate.type === 'trak')) {
    const tkhd = findBox(trak.payload, ['tkhd']);
    const mdhd = findBox(trak.payload, ['mdia', 'mdhd']);
    if (tkhd === null || mdhd === null || tkhd.length < 24 || mdhd.length < 24) throw badMp4('a track has no header');
    into.set(tkhd.readUInt32BE(tkhd[0] === 1 ? 20 : 12), mdhd.readUInt32BE(mdhd[0] === 1 ? 20 : 12));
  }
}

function readMoof(moof: Buffer, timescales: ReadonlyMap<number, number>): Omit<FragmentEntry, 'moofOffset' | 'bytes'> {
  const traf = findBox(moof, ['traf']);
  const tfhd = traf === null ? null : findBox(traf, ['tfhd']);
  const tfdt = traf === null ? null : findBox(traf, ['tfdt']);
  const trun = traf === null ? null : findBox(traf, ['trun']);
  if (tfhd === null || tfdt === null || trun === null || tfhd.length < 8 || tfdt.length < 8) throw badMp4('a fragment has no track');
  const trackId = tfhd.readUInt32BE(4);
  const baseDecodeTime = tfdt[0] === 1 && tfdt.length >= 12 ? Number(tfdt.readBigUInt64BE(4)) : tfdt.readUInt32BE(4);
  const run = readTrun(trun, readDefaults(tfhd));
  const timescale = timescales.get(trackId) ?? 1;
  return { trackId, baseDecodeTime, durationUs: Math.round((run.ticks * 1_000_000) / timescale), keyframe: run.keyframe };
}

interface SampleDefaults {
  readonly duration: number;
  readonly flags: number;
}

/** tfhd's optional fields, in the order of ISO/IEC 14496-12 section 8.8.7.1. */
function readDefaults(tfhd: Buffer): SampleDefaults {
  const flags = tfhd.readUIntBE(1, 3);
  let at = 8;
  const next = (bit: number, bytes: number): number => {
    if ((flags & bit) === 0) return 0;
    if (at + bytes > tfhd.length) throw badMp4('a track fragment header ends early');
    at += bytes;
    return tfhd.readUInt32BE(at - 4);
  };
  next(0x1, 8); // base data offset
  next(0x2, 4); // sample description
  const duration = next(0x8, 4);
  next(0x10, 4); // size
  return { duration, flags: next(0x20, 4) };
}

function readTrun(trun: Buffer, defaults: SampleDefaults): { ticks: number; keyframe: boolean } {
  const flags = trun.readUIntBE(1, 3);
  const count = trun.readUInt32BE(4);
  const first = 8 + ((flags & 0x1) === 0 ? 0 : 4) + ((flags & 0x4) === 0 ? 0 : 4);
  const fields = [0x100, 0x200, 0x400, 0x800].map((bit): number => ((flags & bit) === 0 ? 0 : 4));
  const stride = fields.reduce((sum, bytes) => sum + bytes, 0);
  if (count === 0 || first + count * stride > trun.length) throw badMp4('a track run ends early');
  let ticks = 0;
  for (let index = 0; index < count; index += 1) ticks += (flags & 0x100) === 0 ? defaults.duration : trun.readUInt32BE(first + index * stride);
  return { ticks, keyframe: (firstFlags(trun, flags, first, defaults) & NON_SYNC) === 0 };
}

function firstFlags(trun: Buffer, flags: number, first: number, defaults: SampleDefaults): number {
  if ((flags & 0x4) !== 0) return trun.readUInt32BE(first - 4);
  if ((flags & 0x400) === 0) return defaults.flags;
  const before = ((flags & 0x100) === 0 ? 0 : 4) + ((flags & 0x200) === 0 ? 0 : 4);
  return trun.readUInt32BE(first + before);
}

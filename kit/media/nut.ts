import { crc32 } from './crc32.ts';
import { NutCursor } from './nut/cursor.ts';
import { dropSideData, type FrameHead, parseFrameHead } from './nut/frame.ts';
import { badNut, FLAG, type NutMain, type NutStream, type NutStreamEntry, parseMainHeader, parseStreamHeader, type TimeBase } from './nut/headers.ts';

export type { NutStream, TimeBase } from './nut/headers.ts';

export interface NutPacket {
  readonly stream: NutStream;
  /** In units of `timeBase`. */
  readonly pts: number;
  readonly timeBase: TimeBase;
  readonly key: boolean;
  /** Coded frame. H.264 is Annex B as the encoder wrote it; parameter sets are in the stream's extradata alone unless the encoder repeats them. */
  readonly data: Buffer;
}

const FILE_ID = Buffer.from('nut/multimedia container\0', 'latin1');
/** Start codes, as hex of their eight bytes (NUT specification, "startcodes"). */
const MAIN = '4e4d7a561f5f04ad';
const STREAM = '4e5311405bf2f9db';
const SYNCPOINT = '4e4be4adeeca4569';
const SKIPPED: ReadonlySet<string> = new Set(['4e58dd672f23e64e', '4e49ab68b596ba78']); // index, info
const LETTER_N = 0x4e;
/** Above this forward pointer the packet head has a checksum of its own. */
const CHECKED_HEAD_BYTES = 4096;
/** A header or frame larger than this is nonsense for a classroom's streams, and would be held in memory. */
const MAX_UNIT_BYTES = 16 * 1024 * 1024;

/** Microseconds of a timestamp. */
export function ptsToUs(pts: number, timeBase: TimeBase): number {
  return Math.round((pts * timeBase.num * 1_000_000) / timeBase.den);
}

/**
 * Reads what FFmpeg writes with `-f nut` to a pipe (NUT 3 and 4). A packet is given out by the push that brings its last byte.
 * Holds at most one unfinished unit. Malformed input throws `CodedError` `bad_nut`; the reader is then of no more use.
 */
export class NutReader {
  readonly #streams = new Map<number, NutStreamEntry>();
  readonly #lastPts = new Map<number, number>();
  #pending: Buffer = Buffer.alloc(0);
  #skip = 0;
  #begun = false;
  #main: NutMain | null = null;

  /** Streams announced so far. */
  get streams(): readonly NutStream[] {
    return [...this.#streams.values()];
  }

  push(chunk: Buffer): NutPacket[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const packets: NutPacket[] = [];
    let at = 0;
    for (;;) {
      at += this.#takeSkipped(at);
      const next = this.#step(at, packets);
      if (next === null) break;
      at = next;
    }
    // A copy of the remainder, so that a small rest does not keep a large chunk alive.
    this.#pending = at === this.#pending.length ? Buffer.alloc(0) : Buffer.from(this.#pending.subarray(at));
    if (this.#pending.length > MAX_UNIT_BYTES) throw badNut('a unit is too large');
    return packets;
  }

  #takeSkipped(at: number): number {
    const taken = Math.min(this.#skip, this.#pending.length - at);
    this.#skip -= taken;
    return taken;
  }

  /** Reads one unit at `at`; answers where the next begins, or null when this one is not whole. */
  #step(at: number, packets: NutPacket[]): number | null {
    if (at >= this.#pending.length) return null;
    if (!this.#begun) return this.#readFileId(at);
    if (this.#pending[at] === LETTER_N) return this.#readHeader(at);
    return this.#readFrame(at, packets);
  }

  #readFileId(at: number): number | null {
    const seen = this.#pending.subarray(at, at + FILE_ID.length);
    if (!seen.equals(FILE_ID.subarray(0, seen.length))) throw badNut('it does not begin as NUT');
    if (seen.length < FILE_ID.length) return null;
    this.#begun = true;
    return at + FILE_ID.length;
  }

  #readHeader(at: number): number | null {
    const cursor = new NutCursor(this.#pending, at);
    const code = cursor.take(8).toString('hex');
    const length = cursor.v();
    if (length > CHECKED_HEAD_BYTES) cursor.take(4);
    if (cursor.short) return null;
    if (SKIPPED.has(code)) {
      this.#skip = length;
      return cursor.at;
    }
    if (length < 4 || length > MAX_UNIT_BYTES) throw badNut('a header has an impossible length');
    const body = cursor.take(length);
    if (cursor.short) return null;
    this.#applyHeader(code, body);
    return cursor.at;
  }

  #applyHeader(code: string, body: Buffer): void {
    // Over payload and its checksum together this CRC leaves zero.
    if (crc32(body) !== 0) throw badNut('a header has a wrong checksum');
    const payload = body.subarray(0, body.length - 4);
    if (code === MAIN) this.#main = parseMainHeader(payload);
    else if (code === STREAM) this.#addStream(parseStreamHeader(payload, this.#begunMain()));
    else if (code === SYNCPOINT) this.#synchronise(new NutCursor(payload).v());
    else throw badNut('a start code is unknown');
  }

  /** Headers are repeated for readers that join late: only what is new counts. */
  #addStream(stream: NutStreamEntry): void {
    if (!this.#streams.has(stream.id)) this.#streams.set(stream.id, stream);
  }

  /** A syncpoint sets every stream's last timestamp (`reset_ts` in FFmpeg), rounded down into its own time base. */
  #synchronise(coded: number): void {
    const { timeBases } = this.#begunMain();
    const base = timeBases[coded % timeBases.length] ?? { num: 1, den: 1 };
    const time = Math.floor(coded / timeBases.length);
    for (const { id, timeBase } of this.#streams.values()) {
      this.#lastPts.set(id, Math.floor((time * base.num * timeBase.den) / (base.den * timeBase.num)));
    }
  }

  #readFrame(at: number, packets: NutPacket[]): number | null {
    const head = parseFrameHead(this.#pending, at, this.#begunMain());
    if (head === null) return null;
    if (head.bytes > MAX_UNIT_BYTES) throw badNut('a frame is too large');
    const end = head.payloadAt + head.bytes;
    if (end > this.#pending.length) return null;
    const packet = this.#packetOf(head, this.#pending.subarray(head.payloadAt, end));
    if (packet !== null) packets.push(packet);
    return end;
  }

  #packetOf(head: FrameHead, payload: Buffer): NutPacket | null {
    const stream = this.#streams.get(head.stream);
    if (stream === undefined) throw badNut('a frame belongs to no stream');
    const pts = this.#ptsOf(head, stream);
    this.#lastPts.set(stream.id, pts);
    if ((head.flags & FLAG.endOfRelevance) !== 0) return null;
    const coded = (head.flags & FLAG.sideData) === 0 ? payload : dropSideData(payload);
    const data = head.elision.length === 0 ? Buffer.from(coded) : Buffer.concat([head.elision, coded]);
    return { stream, pts, timeBase: stream.timeBase, key: (head.flags & FLAG.key) !== 0, data };
  }

  /** Timestamps are written as their low bits where that is enough; the full one is the nearest to the last (`lsb2full`). */
  #ptsOf(head: FrameHead, stream: NutStreamEntry): number {
    const last = this.#lastPts.get(stream.id) ?? 0;
    if (head.codedPts === null) return last + head.ptsDelta;
    const span = 2 ** stream.msbPtsShift;
    if (head.codedPts >= span) return head.codedPts - span;
    const low = last - Math.floor((span - 1) / 2);
    return low + ((((head.codedPts - low) % span) + span) % span);
  }

  #begunMain(): NutMain {
    if (this.#main === null) throw badNut('a stream or frame comes before the main header');
    return this.#main;
  }
}

import { CodedError } from '../../process/errors.ts';
import { RTMP_TYPE, type RtmpMessage } from './message.ts';

/** What a server says to a publisher is short; more than this is no RTMP, or an attack. */
const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_CHANNELS = 32;
const MAX_CHUNK_BYTES = 0xff_ffff;
const DEFAULT_CHUNK_BYTES = 128;
const EXTENDED = 0xff_ffff;
/** By format (section 5.3.1.2). */
const HEADER_BYTES = [11, 7, 3, 0] as const;

interface Channel {
  timestampMs: number;
  deltaMs: number;
  length: number;
  type: number;
  streamId: number;
  extended: boolean;
  payload: Buffer[];
  have: number;
}

interface Head {
  readonly format: number;
  readonly channel: number;
  /** Where the payload begins. */
  readonly end: number;
}

/** Reads messages from bytes cut anywhere (RTMP 1.0 section 5.3). @throws CodedError `bad_rtmp` */
export class ChunkReader {
  readonly #channels = new Map<number, Channel>();
  #pending: Buffer = Buffer.alloc(0);
  #chunkBytes = DEFAULT_CHUNK_BYTES;

  push(bytes: Buffer): RtmpMessage[] {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const messages: RtmpMessage[] = [];
    let at = 0;
    for (let used = this.#chunk(at, messages); used > 0; used = this.#chunk(at, messages)) at += used;
    this.#pending = Buffer.from(this.#pending.subarray(at));
    return messages;
  }

  /** Bytes of one whole chunk, 0 where it has not all come. */
  #chunk(at: number, messages: RtmpMessage[]): number {
    const head = this.#head(at);
    if (head === null) return 0;
    const known = this.#channels.get(head.channel);
    const fields = this.#fields(at, head, known);
    if (fields === null) return 0;
    const { channel, end } = fields;
    const bytes = Math.min(this.#chunkBytes, channel.length - channel.have);
    if (this.#pending.length < end + bytes) return 0;
    this.#channels.set(head.channel, channel);
    channel.payload.push(Buffer.from(this.#pending.subarray(end, end + bytes)));
    channel.have += bytes;
    if (channel.have >= channel.length) this.#complete(channel, messages);
    return end + bytes - at;
  }

  /** Basic header: format and channel, one to three bytes (section 5.3.1.1). */
  #head(at: number): Head | null {
    const first = this.#pending[at];
    if (first === undefined) return null;
    const [format, low] = [first >> 6, first & 0x3f];
    const extra = low === 0 ? 1 : low === 1 ? 2 : 0;
    if (this.#pending.length < at + 1 + extra) return null;
    const channel = extra === 0 ? low : 64 + this.#pending.readUIntLE(at + 1, extra);
    return { format, channel, end: at + 1 + extra };
  }

  /** A new state of the channel, or null where the header has not all come: nothing is kept of half a chunk. */
  #fields(at: number, { format, channel, end }: Head, known: Channel | undefined): { channel: Channel; end: number } | null {
    if (known === undefined && format !== 0) throw badRtmp(`a channel begins in the middle, at byte ${at}`);
    if (known === undefined && this.#channels.size >= MAX_CHANNELS) throw badRtmp('it uses too many channels');
    const headEnd = end + (HEADER_BYTES[format] ?? 0);
    if (this.#pending.length < headEnd) return null;
    const short = format < 3 ? this.#pending.readUIntBE(end, 3) : 0;
    const extended = format < 3 ? short === EXTENDED : known?.extended === true;
    const dataAt = headEnd + (extended ? 4 : 0);
    if (this.#pending.length < dataAt) return null;
    const time = extended ? this.#pending.readUInt32BE(headEnd) : short;
    const continues = known !== undefined && known.have > 0;
    if (continues && format !== 3) throw badRtmp(`channel ${channel} begins a message before it ended one`);
    if (continues) return { channel: known, end: dataAt };
    const next = { ...(known ?? NEW), extended, payload: [], have: 0 };
    if (format === 0) next.streamId = this.#pending.readUInt32LE(end + 7);
    if (format <= 1) [next.length, next.type] = [this.#pending.readUIntBE(end + 3, 3), this.#pending.readUInt8(end + 6)];
    if (next.length > MAX_MESSAGE_BYTES) throw badRtmp('a message is larger than any that a server sends');
    if (format === 0) next.timestampMs = time;
    else if (format < 3) [next.deltaMs, next.timestampMs] = [time, (next.timestampMs + time) >>> 0];
    else next.timestampMs = (next.timestampMs + next.deltaMs) >>> 0;
    return { channel: next, end: dataAt };
  }

  #complete(channel: Channel, messages: RtmpMessage[]): void {
    const { type, streamId, timestampMs } = channel;
    const payload = Buffer.concat(channel.payload);
    channel.payload = [];
    channel.have = 0;
    if (type === RTMP_TYPE.setChunkSize) this.#setChunkSize(payload);
    else messages.push({ type, streamId, timestampMs, payload });
  }

  #setChunkSize(payload: Buffer): void {
    const bytes = payload.length === 4 ? payload.readUInt32BE() : 0;
    if (bytes < 1 || bytes > MAX_CHUNK_BYTES) throw badRtmp(`a chunk can't have ${bytes} bytes`);
    this.#chunkBytes = bytes;
  }
}

const NEW: Channel = { timestampMs: 0, deltaMs: 0, length: 0, type: 0, streamId: 0, extended: false, payload: [], have: 0 };

function badRtmp(why: string): CodedError {
  return new CodedError('bad_rtmp', `The far end does not speak RTMP: ${why}.`);
}

import { controlMessage, RTMP_TYPE, type RtmpMessage } from './message.ts';

/** So large that most frames are one chunk; servers take it. */
const CHUNK_BYTES = 60_000;
const DEFAULT_CHUNK_BYTES = 128;
const EXTENDED = 0xff_ffff;

/**
 * Cuts messages into chunks (RTMP 1.0 section 5.3.1): each begins with a full header, for twelve bytes a message are cheaper than a state that
 * both ends must agree on.
 */
export class ChunkWriter {
  #chunkBytes = DEFAULT_CHUNK_BYTES;

  /** Says that chunks are large from now on. */
  begin(): Buffer {
    const announced = this.write(controlMessage(RTMP_TYPE.setChunkSize, CHUNK_BYTES));
    this.#chunkBytes = CHUNK_BYTES;
    return announced;
  }

  write(message: RtmpMessage): Buffer {
    const channel = channelOf(message.type);
    const time = message.timestampMs >>> 0;
    const extended = time >= EXTENDED ? fourBytes(time) : Buffer.alloc(0);
    const parts = [fullHeader(channel, message, Math.min(time, EXTENDED)), extended];
    for (let at = 0; at < message.payload.length; at += this.#chunkBytes) {
      // A continuation repeats the extended timestamp (section 5.3.1.3).
      if (at > 0) parts.push(Buffer.from([0xc0 | channel]), extended);
      parts.push(message.payload.subarray(at, at + this.#chunkBytes));
    }
    return Buffer.concat(parts);
  }
}

/** One channel for each kind, so that sound need never wait in the middle of a picture. */
function channelOf(type: number): number {
  if (type === RTMP_TYPE.command) return 3;
  if (type === RTMP_TYPE.audio) return 4;
  if (type === RTMP_TYPE.video) return 5;
  return type === RTMP_TYPE.data ? 6 : 2;
}

function fullHeader(channel: number, { type, streamId, payload }: RtmpMessage, time: number): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(channel, 0);
  header.writeUIntBE(time, 1, 3);
  header.writeUIntBE(payload.length, 4, 3);
  header.writeUInt8(type, 7);
  header.writeUInt32LE(streamId, 8);
  return header;
}

function fourBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

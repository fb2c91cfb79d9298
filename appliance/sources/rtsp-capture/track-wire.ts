/** A source's packets on the pipe from its capture process to the appliance: a head of fixed length, then the data. Pure. */
import type { AudioPacket, MediaPacket, VideoPacket } from '#kit/media/packet.ts';
import { CodedError } from '#kit/process/errors.ts';

const HEAD_BYTES = 24;
const MAX_DATA_BYTES = 8 * 1024 * 1024;
const KINDS = ['video-frame', 'video-keyframe', 'aac', 'opus'] as const;

/** Data length (4), kind (1), channels (1), 2 unused, capture time and duration in microseconds as doubles (8 each). */
export function writeTrackPacket(packet: MediaPacket): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(packet.data.length, 0);
  head.writeUInt8(KINDS.indexOf(packet.kind === 'audio' ? packet.codec : packet.keyframe ? 'video-keyframe' : 'video-frame'), 4);
  head.writeUInt8(packet.kind === 'audio' ? packet.channels : 0, 5);
  head.writeDoubleBE(packet.captureUs, 8);
  head.writeDoubleBE(packet.durationUs, 16);
  return Buffer.concat([head, packet.data]);
}

/** Reads packets from chunks cut anywhere. Throws `CodedError` `bad_track` where the other end has lost its senses. */
export class TrackReader {
  readonly #layer: string;
  #pending: Buffer = Buffer.alloc(0);

  constructor(layer: string) {
    this.#layer = layer;
  }

  push(chunk: Buffer): MediaPacket[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const packets: MediaPacket[] = [];
    let at = 0;
    while (at + HEAD_BYTES <= this.#pending.length) {
      const end = at + HEAD_BYTES + this.#pending.readUInt32BE(at);
      if (end - at > HEAD_BYTES + MAX_DATA_BYTES) throw badTrack();
      if (end > this.#pending.length) break;
      packets.push(this.#packetAt(at, end));
      at = end;
    }
    this.#pending = Buffer.from(this.#pending.subarray(at));
    return packets;
  }

  #packetAt(at: number, end: number): VideoPacket | AudioPacket {
    const bytes = this.#pending;
    const kind = KINDS[bytes.readUInt8(at + 4)];
    if (kind === undefined) throw badTrack();
    const data = Buffer.from(bytes.subarray(at + HEAD_BYTES, end));
    const times = { captureUs: bytes.readDoubleBE(at + 8), durationUs: bytes.readDoubleBE(at + 16) };
    if (kind === 'aac' || kind === 'opus') return { kind: 'audio', codec: kind, ...times, channels: bytes.readUInt8(at + 5) === 1 ? 1 : 2, data };
    return { kind: 'video', codec: 'h264', layer: this.#layer, ...times, keyframe: kind === 'video-keyframe', data };
  }
}

function badTrack(): CodedError {
  return new CodedError('bad_track', 'A capture sent a track that makes no sense. It is started anew.');
}

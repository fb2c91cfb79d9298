/**
 * The packet that travels: from the program encoder over the box's packet bus, through the uplink, into the edge's rooms.
 *
 * Every packet keeps its capture time from the box's clock (microseconds since 1970, a safe integer until the year 2255), so
 * that every later delay can be measured instead of guessed.
 */
export type MediaPacket = VideoPacket | AudioPacket;

export interface VideoPacket {
  readonly kind: 'video';
  readonly codec: 'h264';
  /** Rendition this packet belongs to, e.g. `720p`. */
  readonly layer: string;
  /** Capture time of the frame, microseconds since 1970, box's clock. No B-frames: presentation equals decode order. */
  readonly captureUs: number;
  readonly durationUs: number;
  readonly keyframe: boolean;
  /** One access unit, Annex B (4-byte start codes), SPS and PPS in front of every keyframe, no AUD. */
  readonly data: Buffer;
}

export interface AudioPacket {
  readonly kind: 'audio';
  /** Opus: one RFC 6716 packet. AAC: one raw AAC-LC frame without ADTS header. Both 48 kHz. */
  readonly codec: 'opus' | 'aac';
  readonly captureUs: number;
  readonly durationUs: number;
  readonly channels: 1 | 2;
  readonly data: Buffer;
}

/** Where packets go. A sink never blocks its bus: it bounds its own queue and states what it drops. */
export interface PacketSink {
  readonly name: string;
  write(packet: MediaPacket): void;
}

export const VIDEO_CLOCK_HZ = 90_000;
export const OPUS_CLOCK_HZ = 48_000;

/**
 * RTP timestamp of a capture time: the capture epoch counted in the media clock, modulo 2^32.
 * Every RTP stream Lectern sends is stamped so, which lets a page read the capture time off a frame's RTP timestamp.
 */
export function rtpTimestampOf(captureUs: number, clockHz: number): number {
  const wholeUs = Math.round(captureUs);
  const seconds = Math.floor(wholeUs / 1_000_000);
  // In two parts, so that no product leaves what a double counts exactly; `>>>` takes the low 32 bits.
  return (seconds * clockHz + Math.floor(((wholeUs - seconds * 1_000_000) * clockHz) / 1_000_000)) >>> 0;
}

/** Inverse of {@link rtpTimestampOf}: the capture time nearest to `nearUs` (µs since 1970) that has this RTP timestamp. */
export function captureUsOf(rtpTimestamp: number, clockHz: number, nearUs: number): number {
  const nearTicks = (BigInt(Math.round(nearUs)) * BigInt(clockHz)) / 1_000_000n;
  const delta = BigInt.asIntN(32, BigInt(rtpTimestamp) - nearTicks);
  return Number(((nearTicks + delta) * 1_000_000n) / BigInt(clockHz));
}

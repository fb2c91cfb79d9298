/** RTMP 1.0 sections 5.4 and 7: what goes over a connection, whatever chunks it is cut into. */
export interface RtmpMessage {
  readonly type: number;
  /** 0 for what concerns the connection, else the stream that `createStream` answered. */
  readonly streamId: number;
  /** Milliseconds, 32 bits. */
  readonly timestampMs: number;
  readonly payload: Buffer;
}

export const RTMP_TYPE = {
  setChunkSize: 1, abort: 2, acknowledgement: 3, userControl: 4, windowSize: 5, peerBandwidth: 6, audio: 8, video: 9, data: 18, command: 20,
} as const;

/** User control events (section 7.1.7). */
export const PING = { request: 6, response: 7 } as const;

/** A control message of the connection: one number of 32 bits. */
export function controlMessage(type: number, value: number): RtmpMessage {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return { type, streamId: 0, timestampMs: 0, payload };
}

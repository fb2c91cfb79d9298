/** The few things used of node-media-server 4.4.3, which has no types: its RTMP session over a socket that we accepted. */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/** One audio, video or metadata message. `data` is a view of a buffer that the next message overwrites. */
export interface NmsPacket {
  readonly codec_type: number;
  readonly dts: number;
  readonly size: number;
  readonly data: Buffer;
}

export interface NmsProtocol {
  /** `clock`: milliseconds. */
  readonly parserPacket: { readonly header: { readonly length: number; readonly stream_id: number }; clock: number };
  readonly inPackets: ReadonlyMap<number, unknown>;
  packetAlloc: () => void;
  streamId: number;
  streamApp: unknown;
  onConnectCallback: (request: { app: unknown; name: unknown; query: Record<string, unknown> }) => void;
  onPlayCallback: () => void;
  onPushCallback: () => void;
  onPacketCallback: (packet: NmsPacket) => void;
  /** Says that the stream which was asked for begins. */
  respondPlay(): void;
  sendStatusMessage(stream: number, level: string, code: string, description: string): void;
  onPlay: (message: { streamName?: unknown }) => void;
  onPublish: (message: { streamName?: unknown }) => void;
}

export interface NmsSession {
  readonly rtmp: NmsProtocol;
  run(): void;
  onData(chunk: Buffer): void;
}

const require = createRequire(import.meta.url);

/** The package's logger writes to standard output at every message; ours says what matters. */
export function silenceNms(): void {
  const logger = require('node-media-server/src/core/logger.js') as { log: () => void };
  logger.log = () => undefined;
}

export function createNmsSession(socket: Socket): NmsSession {
  const Session = require('node-media-server/src/session/rtmp_session.js') as new (socket: Socket) => NmsSession;
  return new Session(socket);
}

/** Where a chunk's first header has the stream (RTMP 1.0 section 5.3.1.2.1), behind a basic header of one byte: the library leaves it 0. */
const STREAM_AT = 8;

/** One message for a player, cut into chunks. `tag` is FLV's: its body is RTMP's. */
export function nmsMessage(stream: number, tag: { readonly type: number; readonly timestampMs: number; readonly data: Buffer }): Buffer {
  const { createMessage } = require('node-media-server/src/protocol/rtmp.js') as { createMessage: (packet: NmsPacket) => Buffer };
  const message = createMessage({ codec_type: tag.type, dts: tag.timestampMs, size: tag.data.length, data: tag.data });
  message.writeUInt32LE(stream, STREAM_AT);
  return message;
}

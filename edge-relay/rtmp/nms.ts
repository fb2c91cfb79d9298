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
  readonly parserPacket: { readonly header: { readonly length: number }; clock: number };
  readonly inPackets: ReadonlyMap<number, unknown>;
  packetAlloc: () => void;
  streamId: number;
  streamApp: unknown;
  onConnectCallback: (request: { app: unknown; name: unknown; query: Record<string, unknown> }) => void;
  onPlayCallback: () => void;
  onPushCallback: () => void;
  onPacketCallback: (packet: NmsPacket) => void;
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

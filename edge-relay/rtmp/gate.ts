/**
 * One RTMP connection, gated: node-media-server parses it, but nothing of it is forwarded until its key was checked, and nothing
 * after it was refused. What a player gets comes from where HTTP-FLV players get it. The library on its own forwards a refused publisher's frames, and
 * throws on a malformed address.
 */
import type { Socket } from 'node:net';
import { parse } from 'node:querystring';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { createNmsSession, nmsMessage, type NmsPacket, type NmsProtocol } from './nms.ts';
import type { RtmpPlayer } from './player.ts';
import type { PublishRequest } from './publish-key.ts';

/** Time and bytes that a connection gets until it has shown a good key. */
const KEY_WITHIN_MS = 10_000;
const MAX_BYTES_BEFORE_KEY = 64 * 1024;
/** A message's buffer is allocated at the size its header claims: 24 bits that a stranger may fill in at no cost. */
const MAX_MESSAGE_BEFORE_KEY = 8 * 1024;
const MAX_MESSAGE = 4 * 1024 * 1024;
const MAX_CHUNK_STREAMS = 32;
/** An encoder that is silent for this long after it has shown its key is gone. */
const SILENT_MS = 15_000;
/** What waits for the far end is taken within so long, or the connection is cut off: nothing else ends one whose window stays closed. */
const TAKEN_WITHIN_MS = 10_000;
/** An encoder that is sending reads what it is told between two frames. Closed at once, its next write fails and the sentence stays unread. */
const FAREWELL_MS = 5_000;
/** Answers that nobody reads. An encoder's commands have some hundred bytes of them each. */
const MAX_UNREAD_BYTES = 1024 * 1024;
const APP = 'live';

export interface GateEvents {
  /** Throws when the connection may not publish. */
  admit(request: PublishRequest): void;
  tag(tag: { readonly type: number; readonly timestampMs: number; readonly data: Buffer }): void;
  closed(): void;
  /** Somebody wants to see `room`; `query` is what the address has behind it. */
  play(room: string, query: string, player: RtmpPlayer): void;
}

export class Gate {
  readonly #socket: Socket;
  readonly #events: GateEvents;
  readonly #protocol: NmsProtocol;
  #state: 'waiting' | 'admitted' | 'asking' | 'playing' | 'refused' = 'waiting';
  #bytes = 0;
  /** For the key or the token, and after a farewell for the end. */
  #deadline: NodeJS.Timeout;
  #takingTimer: NodeJS.Timeout | null = null;
  /** To play, whatever the answer was. */
  #asked = false;
  #isKnown = false;

  constructor(socket: Socket, events: GateEvents) {
    this.#socket = socket;
    this.#events = events;
    const session = createNmsSession(socket);
    session.run();
    this.#protocol = session.rtmp;
    this.#guard();
    this.#boundMemory();
    socket.removeAllListeners('data');
    socket.on('data', (chunk) => this.#read(chunk, (bytes) => session.onData(bytes)));
    socket.on('drain', () => this.#taken());
    socket.on('close', () => this.#closed());
    socket.on('error', () => socket.destroy());
    socket.on('timeout', () => this.refuse('The encoder sent nothing for too long.'));
    // Not of idleness: a stranger who sends a byte now and then would hold the connection for ever.
    this.#deadline = setTimeout(() => this.refuse('No key came in time.'), KEY_WITHIN_MS);
  }

  /** Neither let in nor refused. */
  get waiting(): boolean {
    return this.#state === 'waiting' || this.#state === 'asking';
  }

  /** It has shown a key or a token that is good. Who has not takes up a connection also while its refusal is on the way. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  get isPlayer(): boolean {
    return this.#asked;
  }

  /** Ends the connection, with a sentence that encoders and players show. Twice is harmless. */
  refuse(reason: string): void {
    if (this.#state === 'refused') return;
    const wasPublishing = this.#state === 'admitted';
    this.#leave();
    if (!this.#socket.writable) return this.#end();
    try {
      this.#protocol.sendStatusMessage(this.#protocol.streamId, 'error', this.#refusal(), reason);
    } finally {
      if (wasPublishing) this.#deadline = setTimeout(() => this.#end(), FAREWELL_MS);
      else this.#end();
    }
  }

  /** Nothing of it counts from here on, however long its connection lasts. */
  #leave(): void {
    const wasPublishing = this.#state === 'admitted';
    this.#state = 'refused';
    this.#protocol.onPacketCallback = () => undefined;
    if (wasPublishing) this.#events.closed();
  }

  /** When what waits has gone. */
  #end(): void {
    if (this.#socket.destroyed) return;
    this.#demandTaking();
    this.#socket.destroySoon();
  }

  #demandTaking(): void {
    this.#takingTimer ??= setTimeout(() => this.#socket.destroy(), TAKEN_WITHIN_MS);
  }

  #taken(): void {
    if (this.#takingTimer !== null) clearTimeout(this.#takingTimer);
    this.#takingTimer = null;
  }

  #refusal(): string {
    if (this.#asked) return 'NetStream.Play.StreamNotFound';
    return this.#isKnown ? 'NetStream.Publish.Failed' : 'NetStream.Publish.BadName';
  }

  #guard(): void {
    const protocol = this.#protocol;
    const original = protocol.onPublish.bind(protocol);
    protocol.onPacketCallback = () => undefined;
    // The library would announce and register the stream: that is this gate's business, after the key.
    protocol.onConnectCallback = () => undefined;
    protocol.onPushCallback = () => undefined;
    protocol.onPlayCallback = () => undefined;
    protocol.onPlay = (message) => this.#play(message.streamName);
    protocol.onPublish = (message) => {
      if (this.#state !== 'waiting') return;
      this.#events.admit(requestOf(protocol.streamApp, message.streamName));
      this.#state = 'admitted';
      this.#isKnown = true;
      clearTimeout(this.#deadline);
      this.#socket.setTimeout(SILENT_MS);
      protocol.onPacketCallback = (packet) => this.#forward(packet);
      original(message);
    };
  }

  /** The library would play from its own streams: this gate asks for the class instead, and says that it begins when it does. */
  #play(streamName: unknown): void {
    const protocol = this.#protocol;
    if (this.#state !== 'waiting') return;
    this.#state = 'asking';
    this.#asked = true;
    protocol.streamId = protocol.parserPacket.header.stream_id;
    if (protocol.streamApp !== APP || typeof streamName !== 'string') return this.refuse('Play rtmp://host/live/<room>?token=<playback token>.');
    const [room = '', query = ''] = streamName.split('?', 2);
    this.#events.play(room, query, {
      begin: () => {
        if (this.#state !== 'asking') return;
        this.#state = 'playing';
        this.#isKnown = true;
        clearTimeout(this.#deadline);
        protocol.respondPlay();
      },
      tag: (tag) => this.#state === 'playing' && this.#give(nmsMessage(protocol.streamId, tag)),
      refuse: (reason) => this.refuse(reason),
      end: () => this.#end(),
      onDrain: (listener) => void this.#socket.once('drain', listener),
      onClosed: (listener) => void this.#socket.once('close', listener),
    });
  }

  /** False where the player has enough for now. */
  #give(message: Buffer): boolean {
    const hasRoom = this.#socket.write(message);
    if (!hasRoom) this.#demandTaking();
    return hasRoom;
  }

  /** Whatever the parser throws, it throws for this connection alone. */
  #read(chunk: Buffer, parse: (chunk: Buffer) => void): void {
    // Nothing that a player says after `play` needs an answer.
    if (this.#state === 'refused' || this.#asked) return;
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) return void this.#socket.destroy();
    this.#bytes += chunk.length;
    if (this.waiting && this.#bytes > MAX_BYTES_BEFORE_KEY) return this.refuse('No key came with this stream.');
    try {
      parse(chunk);
    } catch (error) {
      if (error instanceof CodedError) this.refuse(error.message);
      else this.#socket.destroy(new Error(`not RTMP: ${reasonOf(error)}`));
    }
  }

  #forward(packet: NmsPacket): void {
    if (this.#state !== 'admitted') return;
    this.#events.tag({ type: packet.codec_type, timestampMs: packet.dts, data: Buffer.from(packet.data.subarray(0, packet.size)) });
  }

  /** Called for each message as soon as its header was read. */
  #boundMemory(): void {
    const protocol = this.#protocol;
    const allocate = protocol.packetAlloc.bind(protocol);
    protocol.packetAlloc = () => {
      const limit = this.#state === 'admitted' ? MAX_MESSAGE : MAX_MESSAGE_BEFORE_KEY;
      if (protocol.parserPacket.header.length > limit || protocol.inPackets.size > MAX_CHUNK_STREAMS) {
        throw new CodedError('too_large', 'This stream has messages larger than any encoder sends.');
      }
      // RTMP 1.0 section 5.3.1.2.1: time wraps at 32 bits. The library adds on, and from there passes over every message.
      protocol.parserPacket.clock >>>= 0;
      allocate();
    };
  }

  #closed(): void {
    clearTimeout(this.#deadline);
    this.#taken();
    this.#leave();
  }
}

function requestOf(app: unknown, streamName: unknown): PublishRequest {
  const [room = '', query = ''] = typeof streamName === 'string' ? streamName.split('?', 2) : [];
  const { key } = parse(query);
  return { app: typeof app === 'string' ? app : '', room, key: typeof key === 'string' ? key : '' };
}

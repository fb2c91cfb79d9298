/** The edge's end of RTMP: keeps the RTMP process running and puts what its publishers send into their rooms. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Type from 'typebox';
import type { Clock } from '#kit/media/clock.ts';
import { PacketsFromFlv } from '#kit/media/flv.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import { checker } from '#kit/process/check.ts';
import { forkTs } from '#kit/process/child.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { Publication } from '../rooms/room.ts';
import type { RoomBus } from '../rooms/room-bus.ts';
import { decodeTag, encode, encodeJson, KIND, type Message, MessageReader } from './wire.ts';

const CHILD = fileURLToPath(new URL('./child-main.ts', import.meta.url));
/** RTMP carries one rendition. */
const LAYER = 'source';
const AHEAD_US = 5_000;
/** An encoder's word about its time is taken where it is no further than this from ours: its clock may be off, but not by hours. */
const BELIEVED_US = 60_000_000;
/** Moved with each packet, far less than any lasts: time goes on for players, and half a second is made up in four. */
const SLEW_US = 2_000;
/** The RTMP process does what it is asked to in far less, unless it is away. */
const ANSWERS_WITHIN_MS = 5_000;

const checkOpened = checker(Type.Object({ room: Type.String(), owner: Type.String(), rank: Type.Integer(), address: Type.String() }), 'bad_message');
const checkListening = checker(Type.Object({ port: Type.Integer(), tlsPort: Type.Union([Type.Integer(), Type.Null()]) }), 'bad_message');
const checkReloaded = checker(Type.Object({ changed: Type.Boolean(), reason: Type.Union([Type.String(), Type.Null()]) }), 'bad_message');
const checkDated = checker(Type.Object({ epochUs: Type.Integer() }), 'bad_message');

export interface RtmpIngestOptions {
  readonly host: string;
  readonly port: number;
  /** RTMPS, at a port of its own. */
  readonly tls?: { readonly port: number; readonly certFile: string; readonly keyFile: string };
  /** Where this edge serves HTTP, on this machine. */
  readonly edgeUrl: () => string;
  /** Of the moment: call `keyChanged` after it has changed. */
  readonly publicKeyPem: () => string;
  readonly bus: RoomBus;
  /** Throws where a publisher who is new is not let in. */
  readonly admit: (room: string, owner: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

interface Session {
  readonly room: string;
  readonly publication: Publication;
  /** Made at the first tag: its arrival is the origin of the encoder's clock, unless the encoder said better. */
  packets: PacketsFromFlv | null;
  /** When timestamp 0 was, as the encoder said, microseconds since 1970. */
  epochUs: number | null;
  /** By how much its origin has been moved back. */
  earlierUs: number;
}

export class RtmpIngest {
  readonly #options: RtmpIngestOptions;
  #child: Socket | null = null;
  #port: number | null = null;
  #tlsPort: number | null = null;
  /** Questions to the process, by the session that the answer comes with. */
  readonly #reloads = new Map<number, (outcome: ReturnType<typeof checkReloaded>) => void>();
  #lastReload = 0;

  constructor(options: RtmpIngestOptions) {
    this.#options = options;
  }

  /** Null until the process listens for the first time, and while it is away. */
  get port(): number | null {
    return this.#port;
  }

  /** Null without TLS, and as `port` is. */
  get tlsPort(): number | null {
    return this.#tlsPort;
  }

  /** Who publishes goes on; who comes from now on shows a key signed with the new one. */
  keyChanged(): void {
    if (this.#child?.writable === true) this.#child.write(encodeJson(KIND.key, 0, { publicKeyPem: this.#options.publicKeyPem() }));
  }

  /**
   * Has the RTMP process look at its certificate now; answers whether it changed.
   * @throws CodedError `bad_certificate` where what is found is no good and what was in use stays, `rtmp_away`
   */
  async reloadCertificate(): Promise<boolean> {
    if (this.#child?.writable !== true) throw new CodedError('rtmp_away', 'The RTMP process is starting; it reads its certificate when it does.', { status: 503 });
    const question = (this.#lastReload += 1);
    const { promise, resolve, reject } = Promise.withResolvers<ReturnType<typeof checkReloaded>>();
    this.#reloads.set(question, resolve);
    this.#child.write(encode(KIND.reload, question, Buffer.alloc(0)));
    const late = setTimeout(() => reject(new CodedError('rtmp_away', 'The RTMP process does not answer.', { status: 503 })), ANSWERS_WITHIN_MS);
    try {
      const { changed, reason } = await promise;
      if (reason !== null) throw new CodedError('bad_certificate', reason);
      return changed;
    } finally {
      clearTimeout(late);
      this.#reloads.delete(question);
    }
  }

  /** Runs the RTMP process until the signal aborts. Rejects when it dies before that; run it again then. */
  async run(signal: AbortSignal): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'lectern-rtmp-'));
    const socketPath = join(folder, 's');
    const server = createServer((socket) => this.#serve(socket));
    try {
      server.listen(socketPath);
      await once(server, 'listening');
      await this.#runChild(socketPath, signal);
    } finally {
      this.#port = null;
      this.#tlsPort = null;
      await closed(server);
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #runChild(socketPath: string, signal: AbortSignal): Promise<void> {
    const { host, port, tls, publicKeyPem, edgeUrl, log } = this.#options;
    const child = forkTs(CHILD, [JSON.stringify({ host, port, ...(tls === undefined ? {} : { tls }), publicKeyPem: publicKeyPem(), edgeUrl: edgeUrl(), socketPath })], { signal, name: 'edge-rtmp', log, killAfterMs: 500 });
    const exit = await child.exited;
    if (!signal.aborted) throw new CodedError('rtmp_died', `The RTMP process ended with ${exit.code ?? exit.signal}.`, { status: 500 });
  }

  #serve(socket: Socket): void {
    this.#child = socket;
    // The key may have changed since the process was started with it.
    this.keyChanged();
    const sessions = new Map<number, Session>();
    const reader = new MessageReader();
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.push(chunk)) this.#handle(message, sessions, socket);
      } catch (error) {
        this.#options.log.error({ err: error }, 'the RTMP process is cut off');
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#child === socket) this.#child = null;
      for (const session of sessions.values()) session.publication.end();
    });
  }

  #handle(message: Message, sessions: Map<number, Session>, socket: Socket): void {
    const { kind, session: id, body } = message;
    if (kind === KIND.tag) this.#tag(message, sessions, socket);
    else if (kind === KIND.listening) ({ port: this.#port, tlsPort: this.#tlsPort } = checkListening(JSON.parse(body.toString())));
    else if (kind === KIND.reloaded) this.#reloads.get(id)?.(checkReloaded(JSON.parse(body.toString())));
    else if (kind === KIND.dated) this.#date(message, sessions);
    else if (kind === KIND.opened) this.#open(message, sessions, socket);
    else if (kind === KIND.closed) this.#end(id, sessions, 'the encoder disconnected');
  }

  #open({ session: id, body }: Message, sessions: Map<number, Session>, socket: Socket): void {
    const { room, owner, rank, address } = checkOpened(JSON.parse(body.toString()));
    try {
      this.#options.admit(room, owner);
      const publication = this.#options.bus.room(room).publish({
        protocol: 'rtmp', owner, rank,
        // RTMP has no way to ask for a keyframe.
        requestKeyframe: () => undefined,
        dismiss: (reason) => refuse(socket, id, reason),
      });
      sessions.set(id, { room, publication, packets: null, epochUs: null, earlierUs: 0 });
      this.#options.log.info({ room, owner, address }, 'RTMP publisher connected');
    } catch (error) {
      refuse(socket, id, reasonOf(error));
    }
  }

  #tag({ session: id, body }: Message, sessions: Map<number, Session>, socket: Socket): void {
    const session = sessions.get(id);
    if (session === undefined || body.length < 5) return;
    try {
      const tag = decodeTag(body);
      session.packets ??= new PacketsFromFlv({ epochUs: session.epochUs === null ? this.#options.clock.nowUs() : session.epochUs + tag.timestampMs * 1000, layer: LAYER });
      const packet = session.packets.push(tag);
      if (packet !== null) session.publication.write(this.#dated(packet, session));
    } catch (error) {
      refuse(socket, id, reasonOf(error));
      this.#end(id, sessions, reasonOf(error));
    }
  }

  #date({ session: id, body }: Message, sessions: Map<number, Session>): void {
    const session = sessions.get(id);
    const { epochUs } = checkDated(JSON.parse(body.toString()));
    if (session !== undefined && Math.abs(this.#options.clock.nowUs() - epochUs) < BELIEVED_US) session.epochUs = epochUs;
  }

  /**
   * Nothing is captured after it arrives: an encoder that says no time and that was slow to start runs ahead of the origin taken at its first tag, and the
   * origin is moved back little by little, for sound and picture alike.
   */
  #dated(packet: MediaPacket, session: Session): MediaPacket {
    if (session.epochUs !== null) return packet;
    const aheadUs = packet.captureUs - session.earlierUs - this.#options.clock.nowUs();
    if (aheadUs > AHEAD_US) session.earlierUs += SLEW_US;
    return session.earlierUs === 0 ? packet : { ...packet, captureUs: packet.captureUs - session.earlierUs };
  }

  #end(id: number, sessions: Map<number, Session>, reason: string): void {
    const session = sessions.get(id);
    if (session === undefined) return;
    sessions.delete(id);
    session.publication.end();
    this.#options.log.info({ room: session.room, reason }, 'RTMP publisher gone');
  }
}

function refuse(socket: Socket, id: number, reason: string): void {
  if (socket.writable) socket.write(encodeJson(KIND.refuse, id, { reason }));
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}

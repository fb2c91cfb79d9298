import { randomBytes } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, rootCertificates } from 'node:tls';
import type { FlvTag } from '#kit/media/flv.ts';
import { answerOf, beginPublish, ChunkReader, ChunkWriter, endPublish, helloOf, metadata, nextPublish, NOISE_BYTES, type PublishState, type PublishTarget, publishTarget, type RtmpMessage } from '#kit/media/rtmp.ts';
import { reasonOf } from '#kit/process/errors.ts';

export interface PublisherEvents {
  /** The server takes media from now on. */
  readonly published: () => void;
  /** Once, with a sentence; not after `close`. */
  readonly failed: (reason: string) => void;
}

const PORTS: Readonly<Record<string, number>> = { 'rtmp:': 1935, 'rtmps:': 443 };
/** A line that takes nothing for so long is dead, although nobody said so. */
const STALLED_MS = 5_000;
const LOOK_EVERY_MS = 500;
/** For the goodbye. */
const CLOSE_WITHIN_MS = 500;

/** One RTMP connection that publishes, over TLS for `rtmps:`. The rules are `kit/media/rtmp`'s; this is its socket. */
export class RtmpPublisher {
  readonly #target: PublishTarget;
  /** The TCP connection itself. */
  readonly #line: Socket;
  /** What is spoken through: the line, or TLS over it once it stands. */
  #socket: Socket;
  readonly #events: PublisherEvents;
  readonly #reader = new ChunkReader();
  readonly #writer = new ChunkWriter();
  readonly #watch: NodeJS.Timeout;
  /** Until the handshake is over: what came of it. */
  #greeting: Buffer | null = Buffer.alloc(0);
  #state: PublishState = { kind: 'connecting' };
  #moved = { bytes: 0, atMs: performance.now() };
  #over = false;

  /** Connects at once. `authority`: PEM to trust beside the public ones. */
  constructor(address: string, events: PublisherEvents, authority: string | null = null) {
    this.#events = events;
    this.#target = publishTarget(address) ?? { app: '', tcUrl: '', stream: '' };
    const url = new URL(address);
    this.#line = connectTcp({ host: hostOf(url), port: url.port === '' ? (PORTS[url.protocol] ?? 0) : Number(url.port), noDelay: true });
    this.#socket = this.#line;
    this.#failWith(this.#line);
    this.#line.once('connect', () => (url.protocol === 'rtmps:' ? this.#seal(hostOf(url), authority) : this.#talk()));
    this.#watch = setInterval(() => this.#lookForStall(), LOOK_EVERY_MS).unref();
  }

  /** What waits for the line. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /** What left this machine. */
  get sentBytes(): number {
    return Math.max(0, this.#socket.bytesWritten - this.#socket.writableLength);
  }

  /** Lost unless published. */
  describe(values: Parameters<typeof metadata>[1]): void {
    if (this.#state.kind === 'publishing') this.#send([metadata(this.#state.streamId, values)]);
  }

  /** Lost unless published. */
  write({ type, timestampMs, data }: FlvTag): void {
    if (this.#state.kind === 'publishing') this.#send([{ type, streamId: this.#state.streamId, timestampMs, payload: data }]);
  }

  /** Without a goodbye, which would come behind what waits for the line: nothing leaves from here on. Twice is harmless. */
  abandon(): void {
    this.#end();
    this.#line.resetAndDestroy();
    this.#socket.destroy();
  }

  /** Says goodbye. Twice is harmless. */
  async close(): Promise<void> {
    this.#end();
    if (this.#socket.destroyed) return;
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    const late = setTimeout(() => this.#socket.destroy(), CLOSE_WITHIN_MS).unref();
    if (this.#state.kind === 'publishing') this.#send(endPublish(this.#state.streamId, this.#target));
    this.#socket.end();
    await closed;
    clearTimeout(late);
  }

  /** Not before the line stands: until then node may change what is below it, where a name has several addresses. */
  #seal(host: string, authority: string | null): void {
    const trusted = authority === null ? {} : { ca: [...rootCertificates, authority] };
    this.#socket = connectTls({ socket: this.#line, host, ...(isIP(host) === 0 ? { servername: host } : {}), ...trusted });
    this.#failWith(this.#socket);
    this.#socket.once('secureConnect', () => this.#talk());
  }

  #failWith(socket: Socket): void {
    socket.on('error', (error) => this.#fail(`it cannot be reached (${reasonOf(error)})`));
    socket.on('close', () => this.#fail('it ended the connection'));
  }

  #talk(): void {
    this.#socket.on('data', (bytes: Buffer) => this.#received(bytes));
    this.#socket.write(helloOf(randomBytes(NOISE_BYTES)));
  }

  #received(bytes: Buffer): void {
    try {
      const rest = this.#greeting === null ? bytes : this.#greet(Buffer.concat([this.#greeting, bytes]));
      for (const message of this.#reader.push(rest)) this.#heard(message);
    } catch (error) {
      this.#fail(reasonOf(error));
    }
  }

  /** What came behind the handshake; nothing while it goes on. */
  #greet(received: Buffer): Buffer {
    this.#greeting = received;
    const greeted = answerOf(received);
    if (greeted === null) return Buffer.alloc(0);
    this.#greeting = null;
    this.#socket.write(Buffer.concat([greeted.answer, this.#writer.begin()]));
    this.#send(beginPublish(this.#target).send);
    return greeted.rest;
  }

  #heard(message: RtmpMessage): void {
    const before = this.#state.kind;
    const { state, send } = nextPublish(this.#state, message, this.#target);
    this.#state = state;
    this.#send(send);
    if (state.kind === 'failed') this.#fail(`it refused the class (${state.reason})`);
    if (state.kind === 'publishing' && before !== 'publishing' && !this.#over) this.#events.published();
  }

  #send(messages: readonly RtmpMessage[]): void {
    for (const message of messages) if (this.#socket.writable) this.#socket.write(this.#writer.write(message));
  }

  #lookForStall(): void {
    const bytes = this.sentBytes;
    const nowMs = performance.now();
    if (bytes > this.#moved.bytes || this.queuedBytes === 0) this.#moved = { bytes, atMs: nowMs };
    else if (nowMs - this.#moved.atMs > STALLED_MS) this.#fail('the line takes nothing any more');
  }

  #fail(reason: string): void {
    if (this.#over) return;
    this.#end();
    this.#socket.destroy();
    this.#line.destroy();
    this.#events.failed(reason);
  }

  #end(): void {
    this.#over = true;
    clearInterval(this.#watch);
  }
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

import type { Duplex } from 'node:stream';
import type { Asker, Leave } from '../../hls/asker.ts';
import type { HlsAnswer } from '../hls-routes.ts';
import { type Ask, readAsk } from './ask.ts';
import { type Head, MAX_HEAD_BYTES, readHead } from './head.ts';
import { type Inlet, inletOf } from './inlet.ts';

export interface ConnectionPorts {
  readonly limits: Limits;
  readonly ask: (ask: Ask, asker: Asker<HlsAnswer>) => Leave | null;
  readonly found: (kind: Ask['kind'], answer: HlsAnswer) => Buffer;
  readonly refusal: (reason: unknown) => Buffer;
  /** The connection is over, or somebody else's from now on. */
  readonly left: (connection: LaneConnection) => void;
  /** To whoever reads HTTP in full. */
  readonly handOver: (socket: Duplex) => void;
}

export interface Limits {
  /** From a head's first byte, or the connection's beginning, to the head's end. */
  readonly headSeconds: number;
  readonly keepAliveSeconds: number;
  /** Until a far end has taken what it asked for. */
  readonly takeSeconds: number;
}

const NOTHING = Buffer.alloc(0);
const NOBODY_WAITS: Leave = () => undefined;

/** A connection on which one request for media follows the other. The first that is anything else goes to node's HTTP server, with the connection, for good. */
export class LaneConnection implements Asker<HlsAnswer> {
  readonly #inlet: Inlet;
  readonly #socket: Duplex;
  readonly #ports: ConnectionPorts;
  #unread: Buffer = NOTHING;
  /** Of the request before: a client writes the same each time. */
  #fields: Buffer | null = null;
  /** What is being answered; the next request waits until it is. */
  #asked: Ask | null = null;
  #leave: Leave = NOBODY_WAITS;
  #isAsking = false;
  #isFresh = true;
  /** Since something was last finished, or begun. */
  #seconds = 0;

  constructor(socket: Duplex, ports: ConnectionPorts) {
    this.#ports = ports;
    this.#inlet = inletOf(socket, (bytes) => this.#read(bytes));
    this.#socket = this.#inlet.socket.on('drain', this.#onDrain).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose);
  }

  answer(found: HlsAnswer): void {
    if (this.#asked !== null) this.#write(this.#ports.found(this.#asked.kind, found));
  }

  refuse(reason: unknown): void {
    this.#write(this.#ports.refusal(reason));
  }

  /** Called once a second. */
  tick(): void {
    this.#seconds += 1;
    // Whoever is asked says so in time.
    if (this.#asked !== null) return;
    if (this.#seconds > this.#limitSeconds()) this.#socket.destroy();
  }

  close(): void {
    this.#forget();
    this.#socket.destroy();
  }

  #limitSeconds(): number {
    const { headSeconds, keepAliveSeconds, takeSeconds } = this.#ports.limits;
    if (this.#socket.writableLength > 0) return takeSeconds;
    return this.#isFresh || this.#unread.length > 0 ? headSeconds : keepAliveSeconds;
  }

  #read(bytes: Buffer): void {
    if (this.#unread.length === 0 && this.#socket.writableLength === 0) this.#seconds = 0;
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    this.#goOn();
    if (this.#unread.length > 0) this.#unread = Buffer.from(this.#unread);
  }

  readonly #onDrain = (): void => {
    this.#seconds = 0;
    this.#goOn();
  };

  /** As node's server has it, who says no more asks no more: what is written still goes out. */
  readonly #onEnd = (): void => {
    this.#forget();
    this.#socket.end();
  };

  /** It was reset: `close` follows. */
  readonly #onError = (): void => undefined;

  readonly #onClose = (): void => {
    this.#forget();
    this.#ports.left(this);
  };

  #forget(): void {
    this.#leave();
    this.#leave = NOBODY_WAITS;
    this.#asked = null;
    this.#unread = NOTHING;
  }

  /** Answers what is unread, as far as it is whole, unless somebody is being waited for: the packager, or a far end that does not take what it asked for. */
  #goOn(): void {
    while (this.#asked === null && !this.#socket.writableNeedDrain && this.#unread.length > 0) {
      const head = readHead(this.#unread, this.#fields);
      if (head === 'unfinished') break;
      if (head === null || !this.#take(head)) return this.#handOver();
      this.#unread = this.#unread.length === head.bytes ? NOTHING : this.#unread.subarray(head.bytes);
    }
    if (this.#unread.length > MAX_HEAD_BYTES) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #take({ target, fields }: Head): boolean {
    const ask = readAsk(target);
    if (ask === null) return false;
    this.#fields = fields;
    this.#isFresh = false;
    this.#asked = ask;
    this.#isAsking = true;
    const leave = this.#ports.ask(ask, this);
    this.#isAsking = false;
    if (leave === null) this.#asked = null;
    // It may have been answered meanwhile.
    else if (this.#asked !== null) this.#leave = leave;
    return leave !== null;
  }

  #write(bytes: Buffer): void {
    this.#asked = null;
    this.#leave = NOBODY_WAITS;
    this.#seconds = 0;
    this.#socket.write(bytes);
    if (!this.#isAsking) this.#goOn();
  }

  #handOver(): void {
    const socket = this.#socket;
    const unread = Buffer.from(this.#unread);
    this.#forget();
    this.#ports.left(this);
    this.#inlet.release();
    socket.off('drain', this.#onDrain).off('end', this.#onEnd).off('error', this.#onError).off('close', this.#onClose);
    socket.pause();
    socket.unshift(unread);
    this.#ports.handOver(socket);
    socket.resume();
  }
}

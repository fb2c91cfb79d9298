import { connect, type Socket } from 'node:net';
import { frameBytes } from '../../gate/i420.ts';
import { LOOK_HEADER_BYTES, readLookHeader } from '../../gate/look-protocol.ts';
import type { Picture } from './detector.ts';

export interface LookedAt {
  readonly picture: Picture;
  readonly arrivedUs: number;
}

const ASK = Buffer.from([1]);

/** The small pictures of one source, asked for one by one: there is never one that waits. */
export class PictureLine {
  readonly #path: string;
  #socket: Socket | null = null;
  #chunks: Buffer[] = [];
  #settle: (looked: LookedAt | null) => void = () => undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The next picture that comes to the gate; null where none comes in time, or no gate is there. One question at a time. */
  async next(timeoutMs: number): Promise<LookedAt | null> {
    const { promise, resolve } = Promise.withResolvers<LookedAt | null>();
    this.#settle = resolve;
    // Whatever comes later would be taken for the answer to another question.
    const timer = setTimeout(() => this.close(), timeoutMs);
    this.#socket ??= this.#open();
    this.#socket.write(ASK);
    return promise.finally(() => clearTimeout(timer));
  }

  /** Who waits for a picture gets none. */
  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
    this.#chunks = [];
    this.#settle(null);
  }

  #open(): Socket {
    const socket = connect(this.#path);
    // A gate that is not there, or went, comes back: the end of the connection says all there is to say.
    socket.on('error', () => undefined);
    socket.on('close', () => void (this.#socket === socket && this.close()));
    socket.on('data', (chunk: Buffer) => this.#took(chunk));
    return socket;
  }

  #took(chunk: Buffer): void {
    this.#chunks.push(chunk);
    const bytes = this.#chunks.reduce((sum, { length }) => sum + length, 0);
    if (bytes < LOOK_HEADER_BYTES) return;
    const header = readLookHeader(Buffer.concat(this.#chunks, LOOK_HEADER_BYTES));
    if (bytes < LOOK_HEADER_BYTES + frameBytes(header)) return;
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#settle({ picture: { width: header.width, height: header.height, bytes: whole.subarray(LOOK_HEADER_BYTES) }, arrivedUs: header.arrivedUs });
  }
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { codeOf, CodedError } from '#kit/process/errors.ts';
import { frameBytes } from '../../gate/i420.ts';
import { LOOK_HEADER_BYTES, readLookHeader } from '../../gate/look-protocol.ts';
import type { Picture } from './detector.ts';

export interface LookedAt {
  readonly picture: Picture;
  readonly arrivedUs: number;
}

const ASK = Buffer.from([1]);
/** Larger than any camera's small picture: what is announced beyond is nonsense. */
const SIDE_MAX = 2_048;
/** The gate is not there, or went: it comes back. */
const EXPECTED: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ABORT_ERR']);

/** The small pictures of one source, asked for one by one: there is never one that waits. */
export class PictureLine {
  readonly #path: string;
  #socket: Socket | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** The next picture that comes to the gate; null where none comes before the signal aborts, or no gate is there. */
  async next(signal: AbortSignal): Promise<LookedAt | null> {
    try {
      const socket = await this.#connected(signal);
      socket.write(ASK);
      const header = readLookHeader(await take(socket, LOOK_HEADER_BYTES, signal));
      if (header.width > SIDE_MAX || header.height > SIDE_MAX) throw new CodedError('bad_picture', `The gate announced a picture of ${header.width}x${header.height}.`);
      const bytes = await take(socket, frameBytes(header), signal);
      return { picture: { width: header.width, height: header.height, bytes }, arrivedUs: header.arrivedUs };
    } catch (error) {
      this.close();
      if (signal.aborted || EXPECTED.has(codeOf(error))) return null;
      throw error;
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  async #connected(signal: AbortSignal): Promise<Socket> {
    if (this.#socket !== null) return this.#socket;
    const socket = connect(this.#path);
    // `once` rejects with what goes wrong while somebody waits; between two pictures nobody does, and the next one finds out.
    socket.on('error', () => this.close());
    this.#socket = socket;
    await once(socket, 'connect', { signal });
    return socket;
  }
}

async function take(socket: Socket, bytes: number, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    const chunk = socket.read(bytes) as Buffer | null;
    if (chunk !== null && chunk.length === bytes) return chunk;
    if (socket.readableEnded || socket.destroyed) throw Object.assign(new Error('the gate hung up'), { code: 'ECONNRESET' });
    await changed(socket, signal);
  }
}

/** Something came, or the connection ended. */
async function changed(socket: Socket, signal: AbortSignal): Promise<void> {
  const heard = new AbortController();
  const either = { signal: AbortSignal.any([signal, heard.signal]) };
  try {
    await Promise.race([once(socket, 'readable', either), once(socket, 'close', either)]);
  } finally {
    heard.abort();
  }
}

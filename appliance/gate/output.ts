import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { CodedError } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';

export interface OutputItem {
  readonly bytes: Uint8Array;
  /** Its place in the program, in frames or samples. */
  readonly index: number;
  /** How many frames or samples it is. */
  readonly count: number;
  /** Called when the bytes are no longer needed. */
  readonly done: () => void;
}

export interface OutputOptions {
  readonly socket: string;
  /** Items that may wait for an encoder that does not read; the next ones are left out. */
  readonly waitingMax: number;
  readonly log: Log;
  readonly onPlaced: (connection: number, position: number, index: number) => void;
}

interface Waiting {
  readonly item: OutputItem;
  readonly letGo: () => void;
}

interface Connection {
  readonly id: number;
  readonly socket: Socket;
  /**
   * The first is being written. Node is given one at a time: what it is given while it writes goes out in one piece, and would all
   * count as waiting until the last of it is taken.
   */
  readonly queue: Waiting[];
  /** Frames or samples, of what is written and being written. */
  written: number;
  /** The index that would follow without a break; null before the first item. */
  nextIndex: number | null;
}

/** Gives the program to whatever encoder is connected, and never waits for it. */
export class ProgramOutput {
  readonly #options: OutputOptions;
  readonly #connections = new Set<Connection>();
  #opened = 0;
  #dropped = 0;

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Items that wait for the slowest encoder. */
  get waiting(): number {
    return Math.max(0, ...[...this.#connections].map(({ queue }) => queue.length));
  }

  /** Resolves with what closes it, when it listens. */
  async listen(): Promise<() => void> {
    const { socket } = this.#options;
    rmSync(socket, { force: true });
    const server = createServer((peer) => this.#accept(peer)).listen(socket);
    await listening(server, socket);
    return () => {
      server.close();
      for (const { socket: peer } of this.#connections) peer.destroy();
    };
  }

  write(item: OutputItem): void {
    let holders = 1;
    const letGo = (): void => {
      holders -= 1;
      if (holders === 0) item.done();
    };
    for (const connection of this.#connections) {
      if (connection.queue.length >= this.#options.waitingMax) {
        this.#dropped += item.count;
        continue;
      }
      holders += 1;
      connection.queue.push({ item, letGo });
      if (connection.queue.length === 1) this.#writeFirst(connection);
    }
    letGo();
  }

  /** And then the next. On a socket that is closed each write fails at once, and so all that waits is let go. */
  #writeFirst(connection: Connection): void {
    const first = connection.queue[0];
    if (first === undefined) return;
    this.#place(connection, first.item);
    connection.socket.write(first.item.bytes, () => {
      connection.queue.shift();
      first.letGo();
      this.#writeFirst(connection);
    });
  }

  #place(connection: Connection, { index, count }: OutputItem): void {
    if (connection.nextIndex !== index) this.#options.onPlaced(connection.id, connection.written, index);
    connection.nextIndex = index + count;
    connection.written += count;
  }

  #accept(socket: Socket): void {
    const connection: Connection = { id: this.#opened, socket, queue: [], written: 0, nextIndex: null };
    this.#opened += 1;
    this.#connections.add(connection);
    // An encoder that dies is its supervisor's business: here it is one reader less.
    socket.on('error', (error) => this.#options.log.debug({ err: error }, 'an encoder hung up'));
    socket.on('close', () => this.#connections.delete(connection));
    socket.resume();
  }
}

async function listening(server: Server, path: string): Promise<void> {
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new CodedError('gate_socket', `The gate cannot listen on ${path}. Check that its folder exists and is writable.`, { cause });
  }
}

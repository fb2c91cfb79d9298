import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as breathe } from 'node:timers/promises';

const HOST = '127.0.0.1';
const AT_A_TIME = 40;

/** UDP addresses that nobody knows: what they send to an edge, and every byte that comes back. */
export class Strangers implements AsyncDisposable {
  readonly #sockets: readonly Socket[];
  readonly #port: number;
  sentBytes = 0;
  receivedBytes = 0;

  private constructor(sockets: readonly Socket[], port: number) {
    this.#sockets = sockets;
    this.#port = port;
    for (const socket of sockets) socket.on('message', (datagram) => void (this.receivedBytes += datagram.length));
  }

  static async open(count: number, port: number): Promise<Strangers> {
    const sockets = Array.from({ length: count }, () => createSocket('udp4'));
    await Promise.all(sockets.map(async (socket) => {
      socket.bind(0, HOST);
      await once(socket, 'listening');
    }));
    return new Strangers(sockets, port);
  }

  /** From each address in turn. */
  async shout(datagrams: Iterable<Buffer>): Promise<void> {
    let count = 0;
    for (const datagram of datagrams) {
      this.#sockets[count % this.#sockets.length]?.send(datagram, this.#port, HOST);
      this.sentBytes += datagram.length;
      count += 1;
      if (count % AT_A_TIME === 0) await breathe();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }
}

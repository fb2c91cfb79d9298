/** The lane in front of node's HTTP server (decision 22): looks at each connection first, and keeps those on which media is asked for. */
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';
import { codedOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { Answers } from './answers.ts';
import { type ConnectionPorts, LaneConnection } from './connection.ts';
import type { Desk } from './desk.ts';

export interface LaneOptions {
  readonly desk: Desk;
  readonly now: () => number;
  readonly log: Log;
}

const TICK_MS = 1_000;
/** For two seconds of a class on a way that barely carries it. */
const TAKE_SECONDS = 30;

export class Lane {
  readonly #options: LaneOptions;
  readonly #connections = new Set<LaneConnection>();
  readonly #ticking: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#ticking = setInterval(() => {
      for (const connection of this.#connections) connection.tick();
    }, TICK_MS).unref();
  }

  /** Takes the connections of a server that does not listen yet. */
  standBefore(server: Server): void {
    const event = server instanceof TlsServer ? 'secureConnection' : 'connection';
    const listeners = server.listeners(event) as ((socket: Duplex) => void)[];
    const handOver = (socket: Duplex): void => {
      for (const listener of listeners) listener.call(server, socket);
    };
    const ports = this.#portsOf(server, handOver);
    server.removeAllListeners(event);
    server.on(event, (socket: Duplex) => (this.#isClosed ? handOver(socket) : this.#connections.add(new LaneConnection(socket, ports))));
  }

  /** Ends its connections, waiting players' too; those that come later are the server's. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#ticking);
    for (const connection of this.#connections) connection.close();
  }

  #portsOf(server: Server, handOver: (socket: Duplex) => void): ConnectionPorts {
    const { desk, log, now } = this.#options;
    const limits = { headSeconds: Math.ceil(server.headersTimeout / 1_000), keepAliveSeconds: Math.floor(server.keepAliveTimeout / 1_000), takeSeconds: TAKE_SECONDS };
    const answers = new Answers(limits.keepAliveSeconds, now);
    return {
      limits, handOver,
      ask: desk,
      found: (kind, answer) => answers.found(kind, answer),
      refusal: (reason) => {
        const coded = codedOf(reason);
        if (coded.code === 'internal') log.error({ err: reason }, 'request failed');
        return answers.refusal(coded);
      },
      left: (connection) => void this.#connections.delete(connection),
    };
  }
}

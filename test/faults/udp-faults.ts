import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { LinkModel, type LinkOptions } from '#kit/webrtc/testing/link-model.ts';

const BUFFER_BYTES = 4 * 1024 * 1024;

/** A line without faults, faster than anything here. */
export const PERFECT: LinkOptions = { rateBps: 1e9, queueMs: 1000, delayMs: 0, jitterMs: 0, loss: 0 };

/**
 * A UDP hop with faults: bottleneck with its queue, delay, jitter that reorders, loss, blackout; each way for itself, changed while
 * traffic flows. Which packets are hit depends on the seed alone.
 */
export class UdpFaults {
  readonly up: LinkOptions;
  readonly down: LinkOptions;
  /** Nothing passes, as with a cable pulled. */
  blackout = false;
  readonly passed = { up: 0, down: 0 };
  readonly #front: Socket;
  readonly #links: { readonly up: LinkModel; readonly down: LinkModel };
  /** As a NAT: a socket of its own towards the server for each client. */
  readonly #backs = new Map<string, Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #targetPort = 0;

  private constructor(front: Socket, seed: number) {
    this.#front = front;
    this.up = { ...PERFECT };
    this.down = { ...PERFECT };
    this.#links = { up: new LinkModel(this.up, seed), down: new LinkModel(this.down, seed + 1) };
    front.on('message', (datagram, from) => this.#pass('up', datagram, () => this.#backOf(from.address, from.port).send(datagram, this.#targetPort, '127.0.0.1')));
  }

  static async open(seed = 1): Promise<UdpFaults> {
    const front = createSocket('udp4');
    front.bind(0, '127.0.0.1');
    await once(front, 'listening');
    front.setRecvBufferSize(BUFFER_BYTES);
    return new UdpFaults(front, seed);
  }

  get port(): number {
    return this.#front.address().port;
  }

  /** The server behind. */
  target(port: number): void {
    this.#targetPort = port;
  }

  /** What a NAT does that forgot: the server sees every client at another address from now on. */
  rebind(): void {
    for (const back of this.#backs.values()) back.close();
    this.#backs.clear();
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.rebind();
    await new Promise<void>((resolve) => this.#front.close(() => resolve()));
  }

  #pass(way: 'up' | 'down', datagram: Buffer, send: () => void): void {
    const nowMs = performance.now();
    const atMs = this.#links[way].send(datagram.length + 28, nowMs);
    if (this.blackout || atMs === null) return;
    const deliver = (): void => {
      if (this.blackout) return;
      this.passed[way] += 1;
      send();
    };
    if (atMs - nowMs < 0.5) return deliver();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      deliver();
    }, atMs - nowMs);
    this.#timers.add(timer);
  }

  #backOf(address: string, port: number): Socket {
    const key = `${address}|${port}`;
    const known = this.#backs.get(key);
    if (known !== undefined) return known;
    // A busy moment of this process must not look like losses of the line.
    const back = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES });
    back.on('message', (datagram) => this.#pass('down', datagram, () => this.#front.send(datagram, port, address)));
    this.#backs.set(key, back);
    return back;
  }
}

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { kindOf } from './demultiplex.ts';
import { addressKey, type TransportAddress } from './stun/check.ts';
import { FrameReader, framed } from './tcp-frames.ts';

export interface TcpLinkEvents {
  readonly onDatagram: (datagram: Buffer, from: TransportAddress) => void;
  readonly onClosed: (address: TransportAddress) => void;
}

/** Some half a second of the largest ladder. Over it packets are dropped, as a full router would: the sender sees the loss and sends less. */
const MAX_QUEUED_BYTES = 256 * 1024;
/** A stranger has this long to prove that it is expected. */
const PROOF_WITHIN_MS = 10_000;
const MAX_STRANGERS = 200;
/** Consent checks come every few seconds. */
const SILENCE_MS = 30_000;
const DIAL_WITHIN_MS = 5_000;
const MAX_FRAMES_BEFORE_CONNECT = 8;

interface Link {
  readonly socket: Socket;
  readonly address: TransportAddress;
  proof: NodeJS.Timeout | null;
}

/** ICE-TCP (RFC 6544): connections that carry an endpoint's packets where UDP is blocked. Passive where it listens, active where it dials. */
export class TcpLinks {
  readonly #events: TcpLinkEvents;
  readonly #links = new Map<string, Link>();
  #server: Server | null = null;

  constructor(events: TcpLinkEvents) {
    this.#events = events;
  }

  /** 0 where it does not listen. */
  get port(): number {
    return (this.#server?.address() as AddressInfo | null)?.port ?? 0;
  }

  async listen(host: string, port: number): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    server.listen(port, host);
    await once(server, 'listening');
    this.#server = server;
  }

  /** Over the connection from or to this address; dials one where `dials` and there is none. Dropped where that can't be. */
  send(datagram: Buffer, to: TransportAddress, dials: boolean): void {
    const link = this.#links.get(addressKey(to)) ?? (dials ? this.#dial(to) : undefined);
    if (link === undefined || link.socket.destroyed) return;
    const limit = link.socket.connecting ? MAX_FRAMES_BEFORE_CONNECT * 1500 : MAX_QUEUED_BYTES;
    if (link.socket.writableLength + datagram.length <= limit) link.socket.write(framed(datagram));
  }

  /** The far end at this address is one that was expected. */
  prove(address: TransportAddress): void {
    const link = this.#links.get(addressKey(address));
    if (link?.proof) clearTimeout(link.proof);
    if (link !== undefined) link.proof = null;
  }

  /** Lets go of a connection that nobody uses any more, once its last words are out. `key`: the far end's, see `addressKey`. */
  drop(key: string): void {
    this.#links.get(key)?.socket.destroySoon();
  }

  async close(): Promise<void> {
    for (const { socket } of this.#links.values()) socket.destroy();
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    server.close();
    await once(server, 'close');
  }

  #accept(socket: Socket): void {
    const strangers = [...this.#links.values()].filter(({ proof }) => proof !== null).length;
    const { remoteAddress, remotePort } = socket;
    if (strangers >= MAX_STRANGERS || remoteAddress === undefined || remotePort === undefined) return void socket.destroy();
    this.#keep(socket, { address: remoteAddress.replace(/^::ffff:/, ''), port: remotePort, protocol: 'tcp' });
  }

  #dial(to: TransportAddress): Link {
    const socket = connect({ host: to.address, port: to.port, noDelay: true, autoSelectFamily: false });
    const late = setTimeout(() => socket.destroy(), DIAL_WITHIN_MS).unref();
    socket.once('connect', () => clearTimeout(late));
    return this.#keep(socket, to);
  }

  #keep(socket: Socket, address: TransportAddress): Link {
    const link: Link = { socket, address, proof: setTimeout(() => socket.destroy(), PROOF_WITHIN_MS).unref() };
    const reader = new FrameReader();
    this.#links.set(addressKey(address), link);
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => this.#read(link, reader.push(chunk)));
    // What went wrong is told by the close that follows; the far end comes again by itself.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed(link));
    return link;
  }

  /** A connection that begins with anything but a check is closed at once. */
  #read(link: Link, frames: readonly Buffer[] | null): void {
    if (frames === null) return void link.socket.destroy();
    for (const frame of frames) {
      if (link.proof !== null && kindOf(frame) !== 'stun') return void link.socket.destroy();
      this.#events.onDatagram(frame, link.address);
    }
  }

  #closed(link: Link): void {
    if (link.proof !== null) clearTimeout(link.proof);
    const key = addressKey(link.address);
    if (this.#links.get(key) !== link) return;
    this.#links.delete(key);
    this.#events.onClosed(link.address);
  }
}

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { kindOf } from './demultiplex.ts';
import { addressKey, type TransportAddress } from './stun/check.ts';
import { FrameReader, framed } from './tcp-frames.ts';
import type { Unsent } from './types.ts';

export interface TcpLinkEvents {
  readonly onDatagram: (datagram: Buffer, from: TransportAddress) => void;
  readonly onClosed: (address: TransportAddress) => void;
}

/** Some half a second of the largest ladder. Over it packets are dropped, as a full router would: the sender sees the loss and sends less. */
const MAX_QUEUED_BYTES = 256 * 1024;
/** A stranger has this long to prove that it is expected. */
const PROOF_WITHIN_MS = 10_000;
const MAX_STRANGERS = 200;
/** Of them at one address: a school behind one NAT, whose browsers prove themselves within a round trip. */
const MAX_STRANGERS_AT_ADDRESS = 32;
/** For the last words of a connection that is let go of; on a line that stands still they never get out. */
const LAST_WORDS_MS = 2_000;
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
  /** All that are open: also those that nobody uses any more. */
  readonly #sockets = new Set<Socket>();
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

  /** Lets go of a connection that nobody uses any more, once what waits is out, or with it. `key`: the far end's, see `addressKey`. */
  drop(key: string, unsent: Unsent = 'leaves'): void {
    const link = this.#links.get(key);
    if (link === undefined) return;
    this.#forget(link);
    const { socket } = link;
    if (unsent === 'never') return void socket.resetAndDestroy();
    const late = setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref();
    socket.once('close', () => clearTimeout(late));
    socket.destroySoon();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    server.close();
    await once(server, 'close');
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined) return void socket.destroy();
    const address = remoteAddress.replace(/^::ffff:/, '');
    this.#makeRoom(address);
    this.#keep(socket, { address, port: remotePort, protocol: 'tcp' });
  }

  /** Whoever is expected proves it at once, so that the stranger who waits longest goes: first one of the same address, which fills only its own share. */
  #makeRoom(address: string): void {
    const strangers = [...this.#links.values()].filter(({ proof }) => proof !== null);
    const same = strangers.filter((stranger) => stranger.address.address === address);
    const [oldest] = same.length >= MAX_STRANGERS_AT_ADDRESS ? same : strangers.length >= MAX_STRANGERS ? strangers : [];
    if (oldest === undefined) return;
    this.#forget(oldest);
    oldest.socket.destroy();
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
    this.#sockets.add(socket);
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => this.#read(link, reader.push(chunk)));
    // What went wrong is told by the close that follows; the far end comes again by itself.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed(link));
    return link;
  }

  /** A connection that begins with anything but a check is closed at once. */
  #read(link: Link, frames: readonly Buffer[] | null): void {
    if (!this.#isPresent(link)) return;
    if (frames === null) return void link.socket.destroy();
    for (const frame of frames) {
      if (link.proof !== null && kindOf(frame) !== 'stun') return void link.socket.destroy();
      this.#events.onDatagram(frame, link.address);
    }
  }

  #closed(link: Link): void {
    this.#sockets.delete(link.socket);
    const wasPresent = this.#isPresent(link);
    this.#forget(link);
    if (wasPresent) this.#events.onClosed(link.address);
  }

  /** The next packet for its address takes another connection. */
  #forget(link: Link): void {
    if (link.proof !== null) clearTimeout(link.proof);
    if (this.#isPresent(link)) this.#links.delete(addressKey(link.address));
  }

  #isPresent(link: Link): boolean {
    return this.#links.get(addressKey(link.address)) === link;
  }
}

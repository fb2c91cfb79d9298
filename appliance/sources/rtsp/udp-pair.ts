import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { CodedError, codeOf } from '#kit/process/errors.ts';

export interface UdpPairOptions {
  /** The camera's address: what others send is not looked at. */
  readonly peer: string;
  readonly onRtp: (packet: Buffer) => void;
  readonly onRtcp: (packet: Buffer) => void;
}

/** A keyframe of a 4K camera comes in one burst. */
const RECEIVE_BUFFER_BYTES = 2 * 1024 * 1024;
const ATTEMPTS = 50;

/** Two sockets on neighbouring ports, the first even (RFC 3550 section 11): media, and reports about them. */
export class UdpPair {
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #peer: string;

  private constructor(rtp: Socket, rtcp: Socket, { peer, onRtp, onRtcp }: UdpPairOptions) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#peer = peer;
    rtp.on('message', (packet, { address }) => address === peer && onRtp(packet));
    rtcp.on('message', (packet, { address }) => address === peer && onRtcp(packet));
    // A port that is not reached is told by ICMP; that nothing comes is noticed by the frames.
    for (const socket of [rtp, rtcp]) socket.on('error', () => undefined);
  }

  /** @throws CodedError `no_udp_port` */
  static async open(options: UdpPairOptions): Promise<UdpPair> {
    const type = isIPv6(options.peer) ? 'udp6' : 'udp4';
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const rtp = await bound(type, 0);
      const port = rtp?.address().port ?? 1;
      const rtcp = port % 2 === 0 && port < 65_535 ? await bound(type, port + 1) : null;
      if (rtp !== null && rtcp !== null) return new UdpPair(rtp, rtcp, options);
      rtp?.close();
    }
    throw new CodedError('no_udp_port', 'No pair of UDP ports is free. Set `transport` of the source to tcp.');
  }

  get ports(): { readonly rtpPort: number; readonly rtcpPort: number } {
    return { rtpPort: this.#rtp.address().port, rtcpPort: this.#rtcp.address().port };
  }

  sendRtcp(packet: Buffer, port: number | null): void {
    if (port !== null) this.#rtcp.send(packet, port, this.#peer, () => undefined);
  }

  close(): void {
    this.#rtp.close();
    this.#rtcp.close();
  }
}

async function bound(type: 'udp4' | 'udp6', port: number): Promise<Socket | null> {
  const socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER_BYTES });
  try {
    socket.bind(port);
    await once(socket, 'listening');
    return socket;
  } catch (error) {
    socket.close();
    if (codeOf(error) === 'EADDRINUSE') return null;
    throw error;
  }
}

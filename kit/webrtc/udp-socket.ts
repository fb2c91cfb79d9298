import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { TransportAddress } from './stun/check.ts';

export interface UdpSocket {
  readonly port: number;
  send(datagram: Buffer, to: TransportAddress): void;
  close(): Promise<void>;
}

export interface UdpEvents {
  readonly onDatagram: (datagram: Buffer, from: TransportAddress) => void;
  /** The socket itself failed; it is closed. */
  readonly onFailed: (error: Error) => void;
}

export type BindUdp = (host: string, port: number, events: UdpEvents, fd: number | null) => Promise<UdpSocket>;

/** Kernel queues, bytes: a keyframe for many viewers leaves at once. The kernel may grant less. */
const BUFFER_BYTES = 4 * 1024 * 1024;
const MAPPED = '::ffff:';

/** The one socket of an endpoint. IPv4 addresses look like IPv4 also where the socket is bound to `::`. `fd` is one that is bound already. */
export async function bindUdp(host: string, port: number, events: UdpEvents, fd: number | null = null): Promise<UdpSocket> {
  const six = host.includes(':');
  const socket = createSocket({
    type: six ? 'udp6' : 'udp4',
    // Addresses are always literal: the resolver, and a tick of delay for each datagram, are not needed.
    lookup: (address, _options, done) => done(null, address, six ? 6 : 4),
  });
  // Awaited from before: with that lookup, "listening" comes while `bind` is still running.
  const listening = once(socket, 'listening');
  if (fd === null) socket.bind({ address: host, port, exclusive: true });
  else socket.bind({ fd, exclusive: true });
  await listening;
  enlarge(socket);
  socket.on('message', (datagram, from) => {
    // Only a forged packet comes from port 0 (RFC 768 has it for those who want no answer), and Node throws where one is sent there.
    if (from.port === 0) return;
    events.onDatagram(datagram, { address: from.address.startsWith(MAPPED) ? from.address.slice(MAPPED.length) : from.address, port: from.port });
  });
  socket.on('error', (error) => events.onFailed(error));
  return {
    port: socket.address().port,
    // A datagram that can't leave (no route just now, full queue) is a lost datagram: retransmission and consent deal with it.
    send: (datagram, to) => {
      if (to.port > 0) socket.send(datagram, to.port, six && !to.address.includes(':') ? MAPPED + to.address : to.address, ignoreLoss);
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function ignoreLoss(): void {
  // see `send`
}

/** Best effort: a container may not allow it, and the default works for a few viewers. */
function enlarge(socket: Socket): void {
  try {
    socket.setRecvBufferSize(BUFFER_BYTES);
    socket.setSendBufferSize(BUFFER_BYTES);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}

import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { resetSequence, SONY_PORT, unwrap, wrap } from '../visca/over-ip.ts';
import type { OpenLink } from './link.ts';
import { endOf } from './udp.ts';

/**
 * VISCA over IP. Sony's cameras answer to port 52381 whatever port was asked from, so the socket is bound to it when the camera
 * listens there. Several cameras' sockets share that port: each is connected, so the kernel gives it its own camera's packets alone.
 */
export function ipLink(target: { host: string; port: number }): OpenLink {
  return async (received, signal) => {
    const { address, family } = await lookup(target.host);
    const loopback = address === '127.0.0.1' || address === '::1';
    const socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', reuseAddr: true });
    const ended = endOf(socket, signal);
    let sequence = 0;
    const sendRaw = (datagram: Buffer): void => socket.send(datagram, () => undefined);
    const reset = (): void => {
      sequence = 0;
      sendRaw(resetSequence());
    };
    socket.on('message', (message) => {
      const packet = unwrap(message);
      if (packet.type === 'reply') received(packet.payload);
      else if (packet.type === 'sequence-error') reset();
    });
    socket.bind(target.port === SONY_PORT && !loopback ? SONY_PORT : 0);
    await Promise.race([once(socket, 'listening'), ended]);
    socket.connect(target.port, address);
    await Promise.race([once(socket, 'connect'), ended]);
    reset();
    return {
      send: (packet) => {
        sequence = (sequence + 1) >>> 0;
        sendRaw(wrap(packet, sequence));
      },
      ended,
    };
  };
}

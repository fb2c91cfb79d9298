import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { lookup } from 'node:dns/promises';
import { type OpenLink, plainLink } from './link.ts';

/** Raw VISCA over UDP (PTZOptics: port 1259). Only the camera's own address is listened to. */
export function udpLink(target: { host: string; port: number }): OpenLink {
  return async (receiver, signal) => {
    const { address, family } = await lookup(target.host);
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    const ended = endOf(socket, signal);
    socket.on('message', (message, from) => {
      if (from.address === address) receiver.received(message, null);
    });
    socket.bind();
    await Promise.race([once(socket, 'listening'), ended]);
    return plainLink((packet) => socket.send(packet, target.port, address, () => undefined), ended);
  };
}

/** Send errors (no route while the switch reboots) are no end: the camera just doesn't answer. */
export function endOf(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const close = (): void => void socket.close();
    signal.addEventListener('abort', close, { once: true });
    socket.once('close', () => {
      signal.removeEventListener('abort', close);
      resolve();
    });
    socket.once('error', (error) => {
      signal.removeEventListener('abort', close);
      socket.close();
      reject(error);
    });
    if (signal.aborted) close();
  });
}

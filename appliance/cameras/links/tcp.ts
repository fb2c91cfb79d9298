import { CodedError } from '#kit/process/errors.ts';
import { connect, type Socket } from 'node:net';
import { type OpenLink, plainLink } from './link.ts';

const CONNECT_TIMEOUT_MS = 2_000;
/** A camera that doesn't read is not sent more than this; the exchange sends again what matters. */
const MAX_UNSENT_BYTES = 4_096;

/** Raw VISCA over TCP (PTZOptics: port 5678). */
export function tcpLink(target: { host: string; port: number }): OpenLink {
  return async (receiver, signal) => {
    const socket = connect({ ...target, noDelay: true });
    const ended = endOf(socket, signal);
    socket.on('data', (bytes) => receiver.received(bytes, null));
    await Promise.race([connected(socket), ended]);
    return plainLink((packet) => {
      if (socket.writableLength < MAX_UNSENT_BYTES) socket.write(packet);
    }, ended);
  };
}

function connected(socket: Socket): Promise<void> {
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new CodedError('camera_unreachable', 'The camera does not answer at its address.')));
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve();
    });
  });
}

function endOf(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => void socket.destroy();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    let failure: Error | null = null;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.once('close', () => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) resolve();
      else reject(failure ?? new CodedError('camera_closed', 'The camera closed the connection.'));
    });
  });
}

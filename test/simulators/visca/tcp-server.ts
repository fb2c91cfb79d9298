import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Dialogue } from './dialogue.ts';
import type { FaultyLine } from './faults.ts';
import { FrameSplitter } from './frames.ts';
import type { PtzHead } from './head.ts';

/** PTZOptics heads take this many controllers at once. */
const MAX_CONTROLLERS = 5;

/** Raw VISCA over TCP. Resolves with the port once it listens. */
export async function serveTcp(head: PtzHead, line: FaultyLine, at: { host: string; port: number }, signal: AbortSignal): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    if (head.away) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    converse(head, line, socket);
  });
  server.maxConnections = MAX_CONTROLLERS;
  server.listen(at.port, at.host);
  await once(server, 'listening');
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const forget = head.onReboot(hangUp);
  const close = (): void => {
    forget();
    server.close();
    hangUp();
  };
  signal.addEventListener('abort', close, { once: true });
  return (server.address() as AddressInfo).port;
}

function converse(head: PtzHead, line: FaultyLine, socket: Socket): void {
  const frames = new FrameSplitter();
  const dialogue = new Dialogue(head);
  const send = (frame: Buffer): void => line.deliver(frame, (bytes) => socket.writable && socket.write(bytes));
  // A controller that goes away in the middle of a word is no fault of the camera's.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    for (const frame of frames.push(chunk)) if (line.arrives()) line.receive(frame, dialogue, send);
  });
}

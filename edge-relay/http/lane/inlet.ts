import { Socket, type SocketConstructorOpts } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Inlet {
  readonly socket: Duplex;
  /** What comes from now on is the socket's own, to be read as of any other. */
  release(): void;
}

/** Gets bytes as they come. They are lent: good until it returns. */
export type Read = (bytes: Buffer) => void;

export function inletOf(socket: Duplex, read: Read): Inlet {
  return lentInlet(socket, read) ?? plainInlet(socket, read);
}

function plainInlet(socket: Duplex, read: Read): Inlet {
  socket.on('data', read);
  return { socket, release: () => void socket.off('data', read) };
}

const LENT_BYTES = 64 * 1024;
const lent = Buffer.alloc(LENT_BYTES);

/**
 * All connections read into one buffer. A socket of its own makes a new one of 64 kB for each read and cuts it to what came, which for a request takes longer than
 * everything else that JavaScript does about it. `onread` is for sockets that connect; one that was accepted gets it with its handle. Null where there is no such handle.
 */
function lentInlet(accepted: Duplex, read: Read): Inlet | null {
  const handle: unknown = accepted.constructor === Socket ? Reflect.get(accepted, '_handle') : null;
  if (typeof handle !== 'object' || handle === null) return null;
  let isLent = true;
  const callback = (length: number): boolean => {
    const bytes = lent.subarray(0, length);
    if (!isLent) return socket.push(Buffer.from(bytes));
    read(bytes);
    return true;
  };
  Reflect.set(accepted, '_handle', null);
  const socket = new Socket({ handle, allowHalfOpen: true, onread: { buffer: lent, callback } } as SocketConstructorOpts);
  // The server counts what it accepted.
  socket.once('close', () => accepted.destroy());
  return { socket, release: () => { isLent = false; } };
}

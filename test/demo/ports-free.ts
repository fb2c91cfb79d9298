import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { CodedError, codeOf } from '#kit/process/errors.ts';
import { portInUse } from '#kit/process/http.ts';

export interface PortsNeeded {
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
}

/** Tries every port before anything is started. @throws CodedError `port_in_use` naming the first that is taken and the way out */
export async function requirePortsFree({ tcp, udp }: PortsNeeded): Promise<void> {
  for (const port of tcp) await tryPort(port, bindTcp);
  for (const port of udp) await tryPort(port, bindUdp);
}

async function tryPort(port: number, bind: (port: number) => Promise<void>): Promise<void> {
  try {
    await bind(port);
  } catch (cause) {
    if (codeOf(cause) === 'EADDRINUSE') throw portInUse(port, cause);
    throw new CodedError('port_unusable', `Port ${port} cannot be opened (${codeOf(cause)}). Set LECTERN_PORT_BASE to use others.`, { cause });
  }
}

function bindTcp(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '0.0.0.0' }, () => server.close(() => resolve()));
  });
}

function bindUdp(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind({ port, address: '0.0.0.0', exclusive: true }, () => socket.close(() => resolve()));
  });
}

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Finding } from './finding.ts';

/** A place where the box is going to listen. */
export interface Listening {
  readonly what: string;
  readonly protocol: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
}

export async function lookAtPorts(listening: readonly Listening[]): Promise<Finding[]> {
  return Promise.all(listening.map(async (place) => findingOf(place, await (place.protocol === 'tcp' ? tryTcp(place) : tryUdp(place)))));
}

function findingOf({ what, protocol, host, port }: Listening, problem: unknown): Finding {
  const [about, place] = ['Ports', `${protocol.toUpperCase()} ${host}:${port} (${what})`];
  if (problem === null) return { about, verdict: 'good', says: `${place} is free.` };
  if (codeOf(problem) === 'EADDRINUSE') return { about, verdict: 'look', says: `${place} is taken: by Lectern if it runs, otherwise by another program.` };
  return { about, verdict: 'bad', says: `${place} cannot be used: ${reasonOf(problem)}.` };
}

async function tryTcp({ host, port }: Listening): Promise<unknown> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return null;
  } catch (error) {
    return error;
  } finally {
    server.close();
  }
}

async function tryUdp({ host, port }: Listening): Promise<unknown> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  try {
    socket.bind(port, host);
    await once(socket, 'listening');
    return null;
  } catch (error) {
    return error;
  } finally {
    socket.close();
  }
}

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { randomFrom } from '../../testing/random.ts';

/** Test aid: a UDP hop that loses a share of what passes, the same packets on every run. */
export interface LossyRelay {
  readonly port: number;
  readonly lost: number;
  /** 0 to 1; may change while traffic flows. */
  loss: number;
  close(): Promise<void>;
}

export async function startLossyRelay(targetPort: number, loss: number, seed = 1): Promise<LossyRelay> {
  const front = await bound();
  const back = await bound();
  const random = randomFrom(seed);
  let clientPort = 0;
  const relay = { port: front.address().port, lost: 0, loss, close: () => closeBoth(front, back) };
  const passes = (): boolean => {
    if (random() >= relay.loss) return true;
    relay.lost += 1;
    return false;
  };
  front.on('message', (datagram, from) => {
    clientPort = from.port;
    if (passes()) back.send(datagram, targetPort, '127.0.0.1');
  });
  back.on('message', (datagram) => {
    if (clientPort !== 0 && passes()) front.send(datagram, clientPort, '127.0.0.1');
  });
  return relay;
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.setRecvBufferSize(4 * 1024 * 1024);
  return socket;
}

async function closeBoth(...sockets: readonly Socket[]): Promise<void> {
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
}

import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { queryObjects } from 'node:v8';
import { afterEach, expect, it } from 'vitest';
import { addressOf, reach, RtspConnection } from './connection.ts';

const OPTIONS = { method: 'OPTIONS', url: 'rtsp://camera/', headers: {} };
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A camera that says yes to everything, or whatever else is to be said. */
async function open(answer: (socket: Socket, asked: string) => void = agree): Promise<RtspConnection> {
  const server = createServer((socket) => socket.on('data', (asked) => answer(socket, asked.toString())).on('error', () => undefined));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const connection = await RtspConnection.open(addressOf(`rtsp://127.0.0.1:${(server.address() as AddressInfo).port}/`), () => undefined);
  ends.push(() => server.close(), () => connection.close());
  return connection;
}

function agree(socket: Socket, asked: string): void {
  socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${/CSeq: (\d+)/i.exec(asked)?.[1]}\r\n\r\n`);
}

it('leaves nothing behind of what was asked, however long the connection stays', async () => {
  const connection = await open();
  const askOften = async (): Promise<void> => {
    for (let asked = 0; asked < 200; asked += 1) await connection.ask(OPTIONS);
  };
  await askOften();
  const before = queryObjects(Promise, { format: 'count' });
  await askOften();
  expect(queryObjects(Promise, { format: 'count' }) - before).toBeLessThan(50);
});

it('says where nobody is', async () => {
  await expect(RtspConnection.open(addressOf('rtsp://127.0.0.1:1/'), () => undefined)).rejects.toThrow(/127\.0\.0\.1:1 can't be reached/);
  await expect(reach(addressOf('rtsps://127.0.0.1:1/'), new AbortController().signal)).rejects.toThrow(/can't be reached/);
});

it.each<[string, (socket: Socket) => void, RegExp]>([
  ['hangs up', (socket) => socket.destroy(), /connection to the device ended/],
  ['talks nonsense', (socket) => socket.write('RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n'), /impossible length/],
])('gives up at once what waits for a device that %s, and what is asked later', async (_what, answer, reason) => {
  const connection = await open(answer);
  const askedMs = performance.now();
  await expect(connection.ask(OPTIONS)).rejects.toThrow(reason);
  await expect(connection.ask(OPTIONS)).rejects.toThrow(reason);
  expect(performance.now() - askedMs).toBeLessThan(2_000);
  expect(connection.ended.aborted).toBe(true);
});

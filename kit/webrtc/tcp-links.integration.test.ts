import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as breathe } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { addressKey, type TransportAddress } from './stun/check.ts';
import { ATTRIBUTE, buildStun, STUN } from './stun/message.ts';
import { TcpLinks } from './tcp-links.ts';
import { framed } from './tcp-frames.ts';

const HOST = '127.0.0.1';
const CHECK = buildStun(STUN.bindingRequest, Buffer.alloc(12, 7), [{ type: ATTRIBUTE.username, value: Buffer.from('abcd:efgh') }], 'password');

const open: (TcpLinks | Server | Socket | { close(): unknown })[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) {
    if ('destroy' in each) each.destroy();
    else await each.close();
  }
});

function links(onDatagram: (from: TransportAddress) => void = () => undefined): TcpLinks {
  const made = new TcpLinks({ onDatagram: (_datagram, from) => onDatagram(from), onClosed: () => undefined });
  open.push(made);
  return made;
}

/** Takes connections and reads nothing of them, as a line that stands still. */
async function stalled(): Promise<{ to: TransportAddress; taken: Socket[] }> {
  const taken: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    open.push(socket);
    taken.push(socket.on('error', () => undefined));
  });
  open.push(server);
  server.listen(0, HOST);
  await once(server, 'listening');
  return { to: { address: HOST, port: (server.address() as AddressInfo).port, protocol: 'tcp' }, taken };
}

/** The sockets that are dialled from now on. */
function noteDialled(): readonly Socket[] {
  const dialled: Socket[] = [];
  const noted = (message: unknown): void => void dialled.push((message as { socket: Socket }).socket);
  channel('net.client.socket').subscribe(noted);
  open.push({ close: () => channel('net.client.socket').unsubscribe(noted) });
  return dialled;
}

async function fill(client: TcpLinks, to: TransportAddress, dialled: readonly Socket[]): Promise<void> {
  for (let count = 0; (dialled[0]?.writableLength ?? 0) < 200_000 && count < 5_000; count += 1) {
    client.send(Buffer.alloc(8_000), to, true);
    await breathe();
  }
}

test('a connection that is let go of while its line stands still makes way for another, and is gone in seconds', async () => {
  const { to, taken } = await stalled();
  const [dialled, client] = [noteDialled(), links()];
  client.send(CHECK, to, true);
  await expect.poll(() => taken.length).toBe(1);
  await fill(client, to, dialled);
  client.drop(addressKey(to));
  client.send(CHECK, to, true);
  await expect.poll(() => taken.length).toBe(2);
  expect(dialled.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  await expect.poll(() => dialled[0]?.destroyed).toBe(true);
  expect(dialled[1]?.destroyed).toBe(false);
});

test('an endpoint that closes does not wait for what it has let go of', async () => {
  const heard: TransportAddress[] = [];
  const server = links((from) => heard.push(from));
  await server.listen(HOST, 0);
  const [silent] = await strangers(1, server.port, HOST);
  silent?.pause().write(framed(CHECK));
  await expect.poll(() => heard.length).toBe(1);
  const [to] = heard as [TransportAddress];
  for (let count = 0; count < 2_500; count += 1) {
    server.send(Buffer.alloc(8_000), to, false);
    await breathe();
  }
  server.drop(addressKey(to));
  const sinceMs = performance.now();
  await server.close();
  expect(performance.now() - sinceMs).toBeLessThan(1_000);
});

async function strangers(count: number, port: number, localAddress: string): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect({ host: HOST, port, localAddress }));
  for (const socket of sockets) socket.on('error', () => undefined).resume();
  open.push(...sockets);
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
}

test('strangers who say nothing keep nobody out, neither many at one address nor many addresses', async () => {
  const heard: string[] = [];
  const server = links(({ address }) => heard.push(address));
  await server.listen(HOST, 0);
  const crowd = await strangers(240, server.port, '127.0.0.2');
  await expect.poll(() => crowd.filter(({ closed }) => !closed).length).toBe(32);
  for (let at = 3; at < 10; at += 1) await strangers(32, server.port, `127.0.0.${at}`);
  for (const localAddress of ['127.0.0.2', '127.0.0.77']) {
    const [newcomer] = await strangers(1, server.port, localAddress);
    newcomer?.write(framed(CHECK));
    await expect.poll(() => heard).toContain(localAddress);
  }
});

test.each([
  ['lets out what waits on its line where it is let go of', 'leaves', true],
  ['lets out nothing of it where it is cut', 'never', false],
] as const)('a connection %s', async (_, unsent, all) => {
  const { to, taken } = await stalled();
  const [dialled, client] = [noteDialled(), links()];
  client.send(CHECK, to, true);
  await expect.poll(() => taken.length).toBe(1);
  await fill(client, to, dialled);
  const written = dialled[0]?.bytesWritten;
  client.drop(addressKey(to), unsent);
  const [far] = taken;
  far?.resume();
  await expect.poll(() => far?.destroyed).toBe(true);
  expect(far?.bytesRead === written).toBe(all);
});

/** The lane before a real server of node's, over real sockets. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createAuthority, issueForServer } from '#kit/process/certificates.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { Asker } from '../../hls/asker.ts';
import type { HlsAnswer } from '../hls-routes.ts';
import type { Ask } from './ask.ts';
import { Lane } from './lane.ts';

const SIG = 'a_-'.repeat(14) + 'Z';
const part = (name: string, fields = 'host: edge\r\n'): string => `GET /hls/room-1/720p/${name}.m4s?sig=${SIG}&until=1 HTTP/1.1\r\n${fields}\r\n`;
/** Answered at once, later, never, by the routes, with a refusal, and large. */
const [NOW, LATER, NEVER, CLOSED, GONE, LARGE] = ['part-1.1', 'part-1.2', 'part-1.3', 'part-1.4', 'part-1.5', 'part-1.6'];
const LARGE_BYTES = 1_000_000;
const PING = 'GET /ping HTTP/1.1\r\nhost: edge\r\n\r\n';

let waiting: Asker<HlsAnswer>[] = [];
let asked: string[] = [];
let left = 0;
let lane: Lane;
let server: Server;
const clients: Socket[] = [];

const found = (body: string | Buffer): HlsAnswer => ({ body: Buffer.from(body), contentType: 'video/mp4', maxAgeSeconds: 300 });

function desk(ask: Ask, asker: Asker<HlsAnswer>): (() => void) | null {
  const name = ask.kind === 'part' ? (/part-[\d.]+(?=\.)/.exec(ask.name)?.[0] ?? '') : ask.track;
  asked.push(name);
  if (name === CLOSED) return null;
  if (name === GONE) asker.refuse(new CodedError('not_found', 'Gone.', { status: 404 }));
  else if (name === LATER || name === NEVER) waiting.push(asker);
  else asker.answer(found(name === LARGE ? Buffer.alloc(LARGE_BYTES) : `(${name})`));
  return () => {
    left += 1;
  };
}

async function listening(each: Server): Promise<Server> {
  lane.standBefore(each);
  each.listen(0, '127.0.0.1');
  await once(each, 'listening');
  return each;
}

beforeEach(async () => {
  [waiting, asked, left] = [[], [], 0];
  // Its clock, as far as the lane looks at it; node's own timers go on.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  lane = new Lane({ desk, now: () => Date.UTC(2026, 10, 22), log: pino({ level: 'silent' }) });
  server = createServer({ requestTimeout: 30_000, keepAliveTimeout: 72_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => response.end(`[${request.method} ${request.url} ${Buffer.concat(chunks).toString()}]`));
  });
  server.on('upgrade', (_request, socket, head) => {
    socket.write(`up:${head.toString()}`);
    socket.pipe(socket);
  });
  await listening(server);
});
afterEach(async () => {
  vi.useRealTimers();
  for (const client of clients.splice(0)) client.destroy();
  lane.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

interface Client {
  readonly socket: Socket;
  /** All that came so far. */
  readonly text: () => string;
}

function client(to: Server = server): Client {
  const socket = connect((to.address() as AddressInfo).port, '127.0.0.1');
  clients.push(socket);
  return listenTo(socket);
}

function listenTo(socket: Socket): Client {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).on('error', () => socket.destroy());
  return { socket, text: () => text };
}

/** However rudely. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));
const bodies = (text: string): string[] => text.match(/\(.*?\)|\[.*?\]/gs) ?? [];
const ticks = (seconds: number): void => void vi.advanceTimersByTime(seconds * 1_000);

it('answers media with a head that says all that the routes\' says', async () => {
  const { socket, text } = client();
  socket.write(part(NOW));
  await expect.poll(text).toContain('(part-1.1)');
  expect(text().split('\r\n')).toEqual([
    'HTTP/1.1 200 OK', 'content-type: video/mp4', 'cache-control: public, max-age=300, immutable', 'cross-origin-resource-policy: cross-origin', 'content-length: 10', 'access-control-allow-origin: *',
    'x-content-type-options: nosniff', 'date: Sun, 22 Nov 2026 00:00:00 GMT', 'connection: keep-alive', 'keep-alive: timeout=72', '', '(part-1.1)',
  ]);
});

it('answers in the order of the questions, however they are cut, and says why where there is nothing', async () => {
  const { socket, text } = client();
  const all = part(LATER) + part(NOW) + part(GONE) + part(NOW);
  for (const byte of all) if (!socket.write(byte)) await once(socket, 'drain');
  await expect.poll(() => waiting.length).toBe(1);
  expect([asked, text()]).toEqual([[LATER], '']);
  waiting[0]?.answer(found('(later)'));
  await expect.poll(() => bodies(text())).toEqual(['(later)', '(part-1.1)', '(part-1.1)']);
  expect(text()).toContain('HTTP/1.1 404 Not Found\r\ncontent-type: application/json; charset=utf-8\r\ncache-control: no-store\r\n');
  expect(text()).toContain('{"error":{"code":"not_found","message":"Gone."}}');
});

it('gives the server behind it what is not media, as it came, with the connection', async () => {
  const { socket, text } = client();
  socket.write(`${part(NOW)}POST /whep HTTP/1.1\r\nhost: edge\r\ncontent-length: 20\r\n\r\nfirst half`);
  await expect.poll(() => asked.length).toBe(1);
  socket.write(` the other${PING}`);
  await expect.poll(() => bodies(text())).toEqual(['(part-1.1)', '[POST /whep first half the other]', '[GET /ping ]']);
  // For good: what the lane would take goes to the server now.
  socket.write(part(NOW));
  await expect.poll(() => bodies(text()).at(-1)).toContain('[GET /hls/room-1/720p/part-1.1.m4s');
  expect(asked).toEqual([NOW]);
});

it('gives the server a request that a door refuses, and those who write what is read in two ways', async () => {
  const odd = [part(CLOSED), part(NOW, ''), part(NOW, 'host: a\r\nhost: b\r\n'), part(NOW, 'host: a\r\ncontent-length: 0\r\n'), part(NOW, 'host: a\r\nconnection: close\r\n'), part(NOW, 'host: a\r\n folded: x\r\n'), part(NOW).replace('1.1\r\n', '1.0\r\n')];
  for (const request of odd) {
    const { socket, text } = client();
    socket.write(request);
    await expect.poll(text, { message: request }).toMatch(/^HTTP\/1\.1 (?:200 OK[^]*\[GET \/hls|400 Bad Request)/);
  }
  expect(asked).toEqual([CLOSED]);
});

it('gives a large body in many pieces, and an upgrade with what follows it', async () => {
  const large = 'x'.repeat(3_000_000);
  const one = client();
  one.socket.write(`${part(NOW)}POST /large HTTP/1.1\r\nhost: edge\r\ncontent-length: ${large.length}\r\n\r\n${large}`);
  await expect.poll(() => bodies(one.text()).at(-1)?.length, { timeout: 10_000 }).toBe(large.length + '[POST /large ]'.length);
  const two = client();
  two.socket.write(`${part(NOW)}GET /rooms HTTP/1.1\r\nhost: edge\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nafter`);
  await expect.poll(() => two.text().split('up:')[1]).toBe('after');
  two.socket.write('echo');
  await expect.poll(() => two.text().endsWith('echo')).toBe(true);
});

it('gives the server a head that is too large for it', async () => {
  const { socket, text } = client();
  socket.write(`GET /hls/room-1/720p/index.m3u8?token=${'a'.repeat(20_000)}`);
  await expect.poll(text).toContain('431 Request Header Fields Too Large');
});

it('asks on behalf of nobody who has gone', async () => {
  for (const leave of ['destroy', 'end'] as const) {
    const { socket } = client();
    socket.write(part(NEVER));
    await expect.poll(() => waiting.length).toBe(1);
    const before = left;
    socket[leave]();
    await expect.poll(() => left).toBe(before + 1);
    waiting = [];
  }
});

it('answers who has said all and closes then', async () => {
  const { socket, text } = client();
  socket.end(part(NOW));
  await closed(socket);
  expect(bodies(text())).toEqual(['(part-1.1)']);
});

it('keeps nobody who does not finish a head, or says nothing for long, and whoever waits for as long as that takes', async () => {
  const [silent, slow, idle, patient] = [client(), client(), client(), client()];
  idle.socket.write(part(NOW));
  patient.socket.write(part(NEVER));
  slow.socket.write('GET /hls/ro');
  await expect.poll(() => bodies(idle.text()).length + waiting.length).toBe(2);
  await expect.poll(async () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))).toBe(4);
  ticks(20);
  slow.socket.write('om-1');
  await expect.poll(() => slow.socket.writableLength).toBe(0);
  const slowest = Promise.all([closed(slow.socket), closed(silent.socket)]);
  ticks(11);
  await slowest;
  expect([idle.socket.destroyed, patient.socket.destroyed]).toEqual([false, false]);
  const idles = closed(idle.socket);
  ticks(73 - 31);
  await idles;
  expect(patient.socket.destroyed).toBe(false);
});

it('queues little for whoever does not read, and lets him go', async () => {
  const { socket } = client();
  await once(socket, 'connect');
  socket.pause();
  socket.write(part(LARGE).repeat(40));
  let before = 0;
  const grew = (): number => -before + (before = asked.length);
  await expect.poll(() => grew() === 0 && before > 0, { interval: 100 }).toBe(true);
  // Whatever the kernel takes on the way, it is not forty megabytes.
  expect(before).toBeLessThan(30);
  const over = closed(socket);
  ticks(31);
  socket.resume();
  await over;
  expect(asked.length).toBe(before);
});

it('goes on with whoever reads again', async () => {
  const { socket, text } = client();
  await once(socket, 'connect');
  socket.pause();
  socket.write(part(LARGE).repeat(10) + PING);
  await expect.poll(() => asked.length).toBeGreaterThan(0);
  socket.resume();
  await expect.poll(() => text().endsWith('[GET /ping ]'), { timeout: 10_000 }).toBe(true);
  expect(asked.length).toBe(10);
});

it('ends with the server: who is idle, and who waits; who comes later is the server\'s', async () => {
  const [idle, waits] = [client(), client()];
  idle.socket.write(part(NOW));
  waits.socket.write(part(NEVER));
  await expect.poll(() => bodies(idle.text()).length + waiting.length).toBe(2);
  const ended = Promise.all([closed(idle.socket), closed(waits.socket)]);
  lane.close();
  await ended;
  expect(left).toBe(1);
  const late = client();
  late.socket.write(part(NOW, 'host: a\r\nconnection: close\r\n'));
  await closed(late.socket);
  expect(late.text()).toContain('[GET /hls');
});

it('does all that over TLS, too', async () => {
  const authority = await createAuthority('CN=Test authority', Date.now());
  const { certificatePem, keyPem } = await issueForServer(authority, 'CN=localhost', ['127.0.0.1'], Date.now());
  const secure = await listening(createTlsServer({ cert: certificatePem, key: keyPem }, (request, response) => response.end(`[${request.url}]`)));
  const socket = connectTls({ port: (secure.address() as AddressInfo).port, host: '127.0.0.1', ca: authority.certificatePem });
  clients.push(socket);
  const { text } = listenTo(socket);
  socket.write(part(LATER) + part(NOW) + PING);
  await expect.poll(() => waiting.length).toBe(1);
  waiting[0]?.answer(found('(later)'));
  await expect.poll(() => bodies(text())).toEqual(['(later)', '(part-1.1)', '[/ping]']);
  lane.close();
  secure.closeAllConnections();
  await new Promise((resolve) => secure.close(resolve));
});

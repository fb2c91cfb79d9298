import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { noise } from '#kit/testing/fuzz.ts';
import type { Random } from '#kit/testing/random.ts';
import { Crowd } from './crowd.ts';
import { type EdgeFault, everybody } from './fault.ts';
import type { EdgeStage } from './stage.ts';
import { askToPlay } from './viewer.ts';

const SILENT = 200;
const TALKERS = 5;
const MESSAGES = 2_000;
/** Without hello within 5 s. */
const DISMISSED_MS = 15_000;
const HALF = 100;
/** No key within 10 s; what does not finish TLS, too. */
const RTMP_GIVEN_UP_MS = 20_000;

/** Floods over WebSockets, RTMP and RTMPS. */
export const SOCKET_ATTACKS: readonly EdgeFault[] = [
  { name: 'events sockets without a word', spares: everybody, strike: silent },
  { name: 'a student who floods the chat', isShort: true, spares: everybody, strike: flood },
  { name: 'half handshakes of RTMP', spares: everybody, strike: (stage) => halfOpen(stage.edge.ports.rtmp, (at) => Buffer.concat([Buffer.from([3]), randomBytes(at % 2 === 0 ? 500 : 1_536 * 2)])) },
  { name: 'garbage by RTMP', spares: everybody, strike: rtmpGarbage },
  { name: 'truncated TLS to RTMPS', spares: everybody, strike: (stage) => halfOpen(stage.edge.ports.rtmps, () => Buffer.from('1603010200010001fc0303', 'hex')) },
];

async function silent({ edge }: EdgeStage): Promise<string[]> {
  const sockets = Array.from({ length: SILENT }, () => new WebSocket(`ws://127.0.0.1:${edge.ports.edge}/rooms/room-1/events`));
  const signal = AbortSignal.timeout(DISMISSED_MS);
  const closed = await Promise.allSettled(sockets.map((socket) => once(socket, 'close', { signal })));
  for (const socket of sockets) socket.terminate();
  const left = closed.filter(({ status }) => status === 'rejected').length;
  return left === 0 ? [] : [`${left} of ${SILENT} events sockets without hello were still there after ${DISMISSED_MS / 1000} s`];
}

/** Far more than anyone types, and a frame larger than any message. */
async function flood({ intruder }: EdgeStage): Promise<string[]> {
  const broken: string[] = [];
  for (let talker = 0; talker < TALKERS; talker += 1) {
    const { events, token } = await askToPlay(intruder);
    const socket = new WebSocket(events);
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(DISMISSED_MS) });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'hello', token }));
    if (talker === 0) socket.send(Buffer.alloc(1 << 20));
    else for (let count = 0; count < MESSAGES; count += 1) socket.send(JSON.stringify({ type: 'chat', text: `flood ${count}` }));
    await closed.catch(() => broken.push('a student who flooded the chat was not sent away'));
    socket.terminate();
  }
  return broken;
}

/** Begun and not gone on with: the far end must not wait for ever. */
async function halfOpen(port: number, beginning: (at: number) => Buffer): Promise<string[]> {
  await using crowd = await Crowd.open(HALF, port);
  crowd.say(beginning);
  return (await crowd.dismissed(RTMP_GIVEN_UP_MS)) ? [] : [`${crowd.open} of ${HALF} half handshakes were still there after ${RTMP_GIVEN_UP_MS / 1000} s`];
}

/** After a handshake that looks right: noise, and chunks that each claim 16 MB. */
async function rtmpGarbage({ edge }: EdgeStage, random: Random): Promise<string[]> {
  await using crowd = await Crowd.open(HALF, edge.ports.rtmp);
  const handshake = Buffer.concat([Buffer.from([3]), Buffer.alloc(1_536 * 2)]);
  const claims = Buffer.concat(Array.from({ length: 60 }, (_, at) => Buffer.from([3 + at, 0, 0, 0, 0xff, 0xff, 0xff, 9, 0, 0, 0, 0, ...Array<number>(128).fill(0)])));
  crowd.say((at) => Buffer.concat([handshake, at % 2 === 0 ? claims : noise(4_000, random)]));
  await delay(1_000);
  return [];
}

import { setTimeout as delay } from 'node:timers/promises';
import { bent, noise } from '#kit/testing/fuzz.ts';
import type { Random } from '#kit/testing/random.ts';
import { Crowd } from './crowd.ts';
import { type EdgeFault, everybody } from './fault.ts';
import { offerOf } from './knock.ts';
import type { EdgeStage } from './stage.ts';
import { askToPlay } from './viewer.ts';

const SLOW = 400;
const SLOW_SECONDS = 5;
/** A request has 30 s, and connections are looked at every 30 s. */
const GIVEN_UP_MS = 75_000;
const LARGE_BYTES = 8 << 20;
const OFFERS = 150;
const CONNECTIONS = 50;

/** What comes by HTTP from those who mean harm, or don't know how to write it. */
export const HTTP_ATTACKS: readonly EdgeFault[] = [
  { name: 'slow requests', spares: everybody, strike: (stage) => slowly(stage, SLOW_SECONDS) },
  { name: 'slow requests to their end', spares: everybody, strike: (stage) => slowly(stage, Infinity) },
  { name: 'oversized bodies and headers', isShort: true, spares: everybody, strike: oversized },
  { name: 'malformed offers', isShort: true, spares: everybody, strike: malformedOffers },
  { name: 'garbage behind requests', isShort: true, spares: everybody, strike: garbage },
];

/** Ways into a request that does not end: the server's, the lane's before it, and a body. */
const BEGINNINGS = [
  'GET /api/rooms/room-1 HTTP/1.1\r\nx-slow: ',
  'GET /hls/room-1/source/index.m3u8?token=',
  'POST /whep/room-1 HTTP/1.1\r\nhost: edge\r\ncontent-type: application/sdp\r\ncontent-length: 5000\r\n\r\n',
];

/** A byte a second each (Slowloris). */
async function slowly({ edge }: EdgeStage, seconds: number): Promise<string[]> {
  await using crowd = await Crowd.open(SLOW, edge.ports.edge);
  crowd.say((at) => BEGINNINGS[at % BEGINNINGS.length] ?? '');
  const dismissed = crowd.dismissed(seconds === Infinity ? GIVEN_UP_MS : seconds * 1000);
  const trickling = setInterval(() => crowd.say(() => 'a'), 1_000);
  const all = await dismissed;
  clearInterval(trickling);
  return seconds === Infinity && !all ? [`${crowd.open} of ${SLOW} slow requests were still there after ${GIVEN_UP_MS / 1000} s`] : await answers(edge.url);
}

/** Somebody else's request is answered meanwhile. */
async function answers(url: string): Promise<string[]> {
  const { status } = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5_000) });
  return status === 200 ? [] : [`/healthz says ${status}`];
}

async function oversized({ edge, intruder }: EdgeStage): Promise<string[]> {
  const large = 'a'.repeat(LARGE_BYTES);
  const bearer = { authorization: `Bearer ${intruder.session}` };
  const asks: readonly [string, RequestInit][] = [
    ['/whep/room-1', { method: 'POST', headers: { 'content-type': 'application/sdp', authorization: `Bearer ${(await askToPlay(intruder)).token}` }, body: large }],
    ['/whip/room-1', { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: large }],
    ['/api/rooms/room-1/playback', { method: 'POST', headers: { 'content-type': 'application/json', ...bearer }, body: JSON.stringify({ renews: large }) }],
    ['/api/rooms/room-1', { headers: { 'x-large': large.slice(0, 100_000) } }],
    [`/hls/room-1/index.m3u8?token=${large.slice(0, 100_000)}`, {}],
    [`/api/rooms/${large.slice(0, 10_000)}`, {}],
  ];
  const statuses = await Promise.all(asks.map(([path, init]) => statusOf(`${edge.url}${path}`, init)));
  return statuses.flatMap((status, at) => (status === 'cut off' || (status >= 400 && status < 500) ? [] : [`an oversized ${asks[at]?.[0].slice(0, 30)} was answered with ${status}`]));
}

/** A server may close before it has read what it does not want. */
async function statusOf(url: string, init: RequestInit): Promise<number | 'cut off'> {
  return await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) }).then(
    async (response) => {
      await response.arrayBuffer().catch(() => undefined);
      return response.status;
    },
    () => 'cut off' as const,
  );
}

/** Of a student who may watch, and of a publisher: what is behind the doors reads them. */
async function malformedOffers({ edge, intruder }: EdgeStage, random: Random): Promise<string[]> {
  const { token } = await askToPlay(intruder);
  const key = edge.publishKey('room-1', 'another-box');
  const broken = new Set<string>();
  for (let count = 0; count < OFFERS; count += 1) {
    const [path, bearer, direction] = count % 2 === 0 ? (['whep', token, 'receive'] as const) : (['whip', key, 'send'] as const);
    const sdp = bent(Buffer.from((await offer(direction)).sdp), random);
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/sdp' };
    const response = await fetch(`${edge.url}/${path}/room-1`, { method: 'POST', headers, body: new Uint8Array(sdp) });
    if (response.status >= 500) broken.add(`a malformed offer by ${path} was answered with ${response.status}: ${await response.text()}`);
    else await response.arrayBuffer();
    const location = response.headers.get('location');
    if (location !== null) await fetch(new URL(location, edge.url), { method: 'DELETE', headers });
  }
  return [...broken];
}

const offers = new Map<string, ReturnType<typeof offerOf>>();

/** Made once: a certificate takes longer than an answer. */
function offer(direction: 'send' | 'receive'): ReturnType<typeof offerOf> {
  const known = offers.get(direction) ?? offerOf(direction);
  offers.set(direction, known);
  return known;
}

/** Requests one behind the other without waiting, then what is none. */
async function garbage({ edge }: EdgeStage, random: Random): Promise<string[]> {
  await using crowd = await Crowd.open(CONNECTIONS, edge.ports.edge);
  const request = ['/api/keys', '/hls/room-1/source/index.m3u8?token=x'].map((path) => `GET ${path} HTTP/1.1\r\nhost: edge\r\n\r\n`).join('');
  const torn = Buffer.from('POST /whep/room-1 HTTP/1.1\r\nhost: edge\r\ntransfer-encoding: chunked\r\n\r\nfff\r\n');
  crowd.say((at) => Buffer.concat([Buffer.from(request.repeat(at % 5)), bent(torn, random), noise(300, random)]));
  await delay(1_000);
  return await answers(edge.url);
}

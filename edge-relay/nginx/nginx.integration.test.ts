/** A real nginx with the shipped configuration before a real edge with a real class; what reaches the edge is written down in between. */
import { once } from 'node:events';
import { get as getPlain, type IncomingMessage } from 'node:http';
import { request as askTls } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startChild } from '#kit/process/child.ts';
import { startEdge, type TestEdge, until } from '../testing/edge.ts';
import { type Got, HlsViewer } from '../testing/hls-viewer.ts';
import { startNginx, type TestNginx } from '../testing/nginx.ts';
import { type Asked, type Origin, recordOrigin } from '../testing/origin.ts';

const PLAYERS = 60;
const PARTS = 12;
const BASE = '/hls/room-1/source';
/** In place of the 30 s that the edge allows, for the test of revocation alone. */
const SHORT_S = 2;
const KEY = 'proxy_cache_key "$lectern_room $lectern_token";';

const stop = new AbortController();
const viewers: HlsViewer[] = [];
let edge: TestEdge;
let origin: Origin;
let nginx: TestNginx;
let impatient: TestNginx;
let amy = '';
let ben = '';

beforeAll(async () => {
  edge = await startEdge({ loadTest: true, trustProxy: true });
  ({ amy, ben } = await edge.seed());
  origin = await recordOrigin(edge.ports.http);
  nginx = await startNginx({ origin: origin.port });
  impatient = await startNginx({ origin: origin.port, adjust: { [KEY]: `${KEY} proxy_ignore_headers Cache-Control; proxy_cache_valid 204 ${SHORT_S}s;` } });
  const rtmp = await until(() => edge.ports.rtmp());
  const source = ['-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-pix_fmt', 'yuv420p', '-an'];
  startChild('ffmpeg', ['-hide_banner', '-loglevel', 'error', ...source, '-f', 'flv', `rtmp://127.0.0.1:${rtmp}/live/room-1?key=${edge.publishKey('room-1')}`], { signal: stop.signal, name: 'test-rtmp' });
  const first = await viewer();
  await until(async () => (await first.playlist()).status === 200);
});
afterAll(async () => {
  for (const each of viewers) each.close();
  stop.abort();
  await nginx[Symbol.asyncDispose]();
  await impatient[Symbol.asyncDispose]();
  await origin[Symbol.asyncDispose]();
  await edge.stop();
});

async function viewer(session: string = amy, through: TestNginx = nginx): Promise<HlsViewer> {
  const { token } = (await edge.playback(session)).json as { token: string };
  return bearing(token, through);
}

function bearing(token: string, through: TestNginx = nginx): HlsViewer {
  const one = new HlsViewer({ port: through.ports.https, ca: through.authority.certificatePem }, BASE, token);
  viewers.push(one);
  return one;
}

/** Asked for again while a cache should have had it. */
function askedAgain(asked: readonly Asked[], nameOf: (one: Asked) => string, withinMs: number): string[] {
  const last = new Map<string, number>();
  return asked.flatMap((one) => {
    const name = nameOf(one);
    const beforeMs = last.get(name) ?? Number.NEGATIVE_INFINITY;
    last.set(name, one.atMs);
    return one.atMs - beforeMs < withinMs ? [name] : [];
  });
}

const codeOf = ({ status, body }: Got) => [status, (JSON.parse(body.toString()) as { error: { code: string } }).error.code];

it('has the edge asked once for each playlist and part, and once for each viewer', async () => {
  const players = await Promise.all(Array.from({ length: PLAYERS }, () => viewer()));
  origin.asked.length = 0;
  await Promise.all(players.map((player) => player.watch(PARTS)));
  const asked = origin.asked.slice();
  const playlists = asked.filter(({ query }) => query.has('_HLS_msn'));
  const parts = asked.filter(({ path }) => path.includes('/part-'));
  const authorisations = asked.filter(({ path }) => path.endsWith('/authorisation'));
  // One playlist may bring two parts: the last of a segment and the first of the next.
  expect([playlists.length >= PARTS / 2, parts.length >= PARTS, new Set(authorisations.map(({ query }) => query.get('token'))).size]).toEqual([true, true, PLAYERS]);
  expect(askedAgain(playlists, ({ path, query }) => `${path} ${query.get('_HLS_msn')}.${query.get('_HLS_part')}`, 10_000)).toEqual([]);
  expect(askedAgain(parts, ({ path, query }) => `${path} ${query.get('sig')}`, 10_000)).toEqual([]);
  expect(askedAgain(authorisations, ({ query }) => query.get('token') ?? '', 29_000)).toEqual([]);
  const [first, ...others] = players;
  for (const [name, bytes] of first?.parts ?? []) for (const other of others) expect(other.parts.get(name)?.equals(bytes) ?? true).toBe(true);
  expect((await edge.call('GET', '/api/rooms/room-1', { bearer: edge.publishKey('room-1') })).json.viewers).toBeGreaterThanOrEqual(PLAYERS);
});

it('gives a stranger nothing that it has, and says why in the edge\'s words', async () => {
  const good = await (await viewer()).playlist();
  const [, part = ''] = /EXT-X-PART:[^\n]*URI="([^"]+)"/.exec(good.body.toString()) ?? [];
  expect([good.status, (await (await viewer()).get(`${BASE}/${part}`)).status]).toEqual([200, 200]);
  expect(codeOf(await bearing('').get(`${BASE}/index.m3u8`))).toEqual([401, 'token_needed']);
  expect(codeOf(await bearing('nonsense').playlist())).toEqual([401, 'bad_token']);
  expect(codeOf(await bearing('').get(`${BASE}/${part.split('?')[0]}`))).toEqual([401, 'bad_signature']);
  expect(codeOf(await bearing('').get(`${BASE}/${part.replace(/sig=(.)/, (_all, first: string) => `sig=${first === '_' ? '-' : '_'}`)}`))).toEqual([403, 'bad_signature']);
  const { token } = (await edge.playback(amy)).json as { token: string };
  expect(codeOf(await bearing('').get(`/hls/room-2/source/index.m3u8?token=${token}`))).toEqual([403, 'wrong_room']);
  expect((await bearing('').get('/lectern-authorisation')).status).toBe(404);
});

it('keeps no error, and no yes for longer than it may', async () => {
  const one = await viewer();
  origin.asked.length = 0;
  for (let time = 0; time < 2; time += 1) {
    expect(codeOf(await one.playlist('&_HLS_msn=99999999999'))).toEqual([400, 'bad_request']);
    expect((await one.get('/hls/room-1/source/part-1.0.m4s?sig=x&until=1')).status).toBe(403);
    expect((await one.get('/hls/room-1/none/index.m3u8?token=x')).status).toBe(401);
  }
  const errors = origin.asked.filter(({ path }) => !path.endsWith('/authorisation'));
  expect(errors.length).toBe(6);
  expect((await edge.call('GET', `${BASE}/index.m3u8?token=${(await edge.playback(amy)).json.token}`)).headers.get('cache-control')).toBe('public, max-age=0, s-maxage=1');
  const yes = await edge.call('GET', `/hls/room-1/authorisation?token=${(await edge.playback(amy)).json.token}`);
  expect([yes.status, yes.headers.get('cache-control')]).toEqual([204, 'public, max-age=0, s-maxage=30']);
  expect((await edge.call('GET', '/hls/room-1/authorisation?token=x')).headers.get('cache-control')).toBe('no-store');
});

it('refuses a revoked viewer as soon as the kept yes is over, and takes one back at once', async () => {
  await edge.admin('PUT', 'tickets/ben/light');
  const one = await viewer(ben, impatient);
  expect((await one.playlist()).status).toBe(200);
  await edge.admin('DELETE', 'tickets/ben/light');
  const revokedAt = performance.now();
  const refused = await until(async () => {
    const got = await one.playlist();
    return got.status === 200 ? null : got;
  });
  expect(codeOf(refused)).toEqual([403, 'ticket_revoked']);
  // nginx counts in whole seconds; the rest is this test's own pace.
  expect(performance.now() - revokedAt).toBeLessThan((SHORT_S + 3) * 1_000);
  await edge.admin('PUT', 'tickets/ben/light');
  expect((await one.playlist()).status).toBe(200);
});

it('passes everything else on: API, WHEP, cookies of its own address, the events socket', async () => {
  const address = `https://127.0.0.1:${nginx.ports.https}`;
  const ca = nginx.authority.certificatePem;
  const post = async (path: string, headers: Record<string, string>, body: string = ''): Promise<number | undefined> => {
    const request = askTls(`${address}${path}`, { method: 'POST', ca, headers: { ...headers, 'content-length': String(body.length) } });
    request.end(body);
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  };
  const { token } = (await edge.playback(amy)).json as { token: string };
  expect((await bearing('').get('/api/rooms/room-1')).status).toBe(200);
  expect(await post('/whep/room-1', { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' }, 'not SDP')).toBe(400);
  const { url } = (await edge.admin('POST', 'accounts/amy/sign-in-links', { seconds: 60, reusable: true })).json as { url: string };
  const link = await bearing('').get(new URL(url).pathname + new URL(url).search);
  const cookie = String(link.headers['set-cookie']).split(';')[0] ?? '';
  expect(await post('/api/rooms/room-1/playback', { cookie, origin: address })).toBe(200);
  expect(await post('/api/rooms/room-1/playback', { cookie, origin: 'https://evil.test' })).toBe(403);
  const socket = new WebSocket(`wss://127.0.0.1:${nginx.ports.https}/rooms/room-1/events`, { ca });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'hello', token }));
  const [message] = (await once(socket, 'message')) as [Buffer];
  expect(JSON.parse(message.toString())).toMatchObject({ type: 'welcome' });
  socket.terminate();
});

it('sends plain HTTP to HTTPS, and writes no token down', async () => {
  const [answer] = (await once(getPlain(`http://127.0.0.1:${nginx.ports.http}/watch/room-1`), 'response')) as [IncomingMessage];
  answer.resume();
  expect([answer.statusCode, answer.headers.location]).toEqual([301, 'https://127.0.0.1/watch/room-1']);
  const { token } = (await edge.playback(amy)).json as { token: string };
  await bearing(token).playlist();
  await bearing(token).get(`/hls/room-1/index.m3u8?token=${token}`);
  await until(() => nginx.logs().includes('"GET /hls/room-1/index.m3u8 '));
  for (const secret of ['token=', 'sig=', token]) expect(nginx.logs()).not.toContain(secret);
});

/** The lane in a whole edge with a class in it, against the routes behind it. */
import { once } from 'node:events';
import { Agent, get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goOnAir, type OnAir } from '../../testing/on-air.ts';

const BASE = '/hls/room-1/source';
/** Of the routes alone. */
const HELMET = 'x-dns-prefetch-control';

let air: OnAir;
let token = '';
beforeAll(async () => {
  air = await goOnAir({ pages: false });
  ({ token } = await air.playback());
  await air.segments(2);
}, 60_000);
afterAll(() => air[Symbol.asyncDispose]());

interface Got {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The client's own, by which connections are told apart. */
  readonly port: number | undefined;
}

async function ask(agent: Agent, path: string, headers: Record<string, string> = {}): Promise<Got> {
  const request = get(`${air.edge.url}${path}`, { agent, headers });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const port = request.socket?.localPort;
  const body = Buffer.concat(await answer.toArray());
  return { status: answer.statusCode, headers: answer.headers, body, port };
}

const alone = (): Agent => new Agent({ keepAlive: true, maxSockets: 1 });
const playlist = (directives = ''): string => `${BASE}/index.m3u8?token=${token}${directives}`;
const SAME = ['content-type', 'cache-control', 'access-control-allow-origin', 'cross-origin-resource-policy', 'x-content-type-options'];

it('answers as the routes do', async () => {
  const agent = alone();
  const text = (await ask(agent, playlist())).body.toString();
  const uris = [/EXT-X-MAP:URI="([^"]+)"/, /EXT-X-PART:[^\n]*URI="([^"]+)"/, /\n(segment[^\n]+)/].map((pattern) => pattern.exec(text)?.[1] ?? '');
  const media = [...uris, uris[1]?.replace(/-\d+/, '-1')].map((uri) => `${BASE}/${uri}`);
  const playlists = ['', '&_HLS_msn=1', '&_HLS_msn=1&_HLS_part=0&_HLS_skip=YES', '&_HLS_msn=99999999999'].map(playlist);
  for (const path of [...media, ...playlists]) {
    const [lane, routes] = [await ask(agent, path), await ask(new Agent({ keepAlive: false }), path)];
    expect([HELMET in lane.headers, HELMET in routes.headers], path).toEqual([false, true]);
    // The class goes on, and its playlists with it.
    expect([lane.status, media.includes(path) && lane.body.equals(routes.body)], path).toEqual([routes.status, media.includes(path)]);
    for (const name of lane.status === 200 ? SAME : SAME.slice(0, 3)) expect(lane.headers[name], `${name} of ${path}`).toBe(routes.headers[name]);
  }
});

it('takes a player whose connection was used for something else with the next, and no one else\'s connection away', async () => {
  const agent = alone();
  const media = playlist();
  const [page, first, second, third] = [await ask(agent, '/api/keys'), await ask(agent, media), await ask(agent, media), await ask(agent, media)];
  expect([page, first, second, third].map(({ status, headers }) => [status, headers.connection, HELMET in headers])).toEqual([[200, 'keep-alive', true], [200, 'close', true], [200, 'keep-alive', false], [200, 'keep-alive', false]]);
  expect([first.port === page.port, second.port === first.port, third.port === second.port]).toEqual([true, false, true]);
  // Refused, it stays where it is; so does who writes what the lane does not read.
  const refused = await ask(agent, `${BASE}/index.m3u8?token=nonsense`);
  expect([refused.status, refused.headers.connection, refused.port]).toEqual([401, 'keep-alive', third.port]);
  const odd = alone();
  const [before, again] = [await ask(odd, media, { 'x-odd': '\xe9' }), await ask(odd, media, { 'x-odd': '\xe9' })];
  expect([before.headers.connection, again.headers.connection, again.port]).toEqual(['keep-alive', 'keep-alive', before.port]);
});

it('counts a viewer by the lane, and lets nobody in whose ticket is revoked', async () => {
  const agent = alone();
  expect((await ask(agent, playlist())).status).toBe(200);
  expect((await air.edge.call('GET', '/api/rooms/room-1', { bearer: air.edge.publishKey('room-1') })).json.viewers).toBeGreaterThan(0);
  await air.edge.admin('DELETE', 'tickets/amy/light');
  const refused = await ask(agent, playlist());
  expect([refused.status, JSON.parse(refused.body.toString()).error.code]).toEqual([403, 'ticket_revoked']);
  await air.edge.admin('PUT', 'tickets/amy/light');
  expect((await ask(agent, playlist())).status).toBe(200);
});

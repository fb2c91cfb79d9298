import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COURSE, startEdge, type TestEdge } from '../testing/edge.ts';

let edge: TestEdge;
let amy = '';
let ben = '';

beforeAll(async () => {
  edge = await startEdge();
  ({ amy, ben } = await edge.seed());
});
afterAll(() => edge.stop());

const SDP = { 'content-type': 'application/sdp' };
const UUID = '0190a0b0-0000-7000-8000-000000000000';

/** Every door that is not open to all, as method and path for one room. */
const CLOSED: [string, (room: string) => string, Record<string, string>?][] = [
  ['POST', (room) => `/whip/${room}`, SDP],
  ['DELETE', (room) => `/whip/${room}/${UUID}`],
  ['PATCH', (room) => `/whip/${room}/${UUID}`, { 'content-type': 'application/trickle-ice-sdpfrag' }],
  ['POST', (room) => `/whep/${room}`, SDP],
  ['DELETE', (room) => `/whep/${room}/${UUID}`],
  ['GET', (room) => `/hls/${room}/index.m3u8`],
  ['GET', (room) => `/hls/${room}/authorisation`],
  ['GET', (room) => `/hls/${room}/source/index.m3u8`],
  ['GET', (room) => `/hls/${room}/source/part-1.1.m4s`],
  ['GET', (room) => `/flv/${room}.flv`],
  ['POST', (room) => `/api/rooms/${room}/playback`],
  ['PUT', (room) => `/api/admin/rooms/${room}`],
  ['PUT', () => '/api/admin/courses/light'],
  ['PUT', () => '/api/admin/accounts/amy'],
  ['PUT', () => '/api/admin/tickets/ben/light'],
  ['DELETE', () => '/api/admin/tickets/amy/light'],
  ['POST', () => '/api/admin/accounts/amy/tokens'],
  ['POST', () => '/api/admin/accounts/amy/sign-in-links'],
  ['GET', () => '/api/rooms'],
  ['GET', (room) => `/api/admin/rooms/${room}/viewers`],
  ['DELETE', (room) => `/api/admin/rooms/${room}/accounts/amy`],
  ['DELETE', () => `/api/admin/viewers/${UUID}`],
  ['PUT', () => '/api/admin/drain'],
  ['POST', () => '/api/admin/reload'],
  ['GET', () => `/api/replays/${UUID}`],
  ['GET', () => '/api/session'],
];

describe.each(CLOSED)('%s %s', (method, path, headers = {}) => {
  it.each(['room-1', 'no-such-room', 'NOT%20a%20name'])('says 401 to a stranger, whether %s exists or not', async (room) => {
    for (const bearer of [undefined, 'nonsense', edge.token({ exp: 1 })]) {
      const answer = await edge.call(method, path(room), { headers, ...(bearer === undefined ? {} : { bearer }), ...(method === 'GET' ? {} : { body: 'x' }) });
      expect([answer.status, typeof answer.json.error.code]).toEqual([401, 'string']);
    }
  });
});

describe('the playback token', () => {
  it('is for ticket holders: others get the offer, strangers to the room 404', async () => {
    expect((await edge.playback(amy)).status).toBe(200);
    const refused = await edge.playback(ben);
    expect([refused.status, refused.json.error.code, refused.json.error.details.offer.title]).toEqual([402, 'ticket_needed', 'Light']);
    expect((await edge.playback(amy, 'room-2')).status).toBe(402);
    expect((await edge.playback(amy, 'no-such-room')).json.error.code).toBe('unknown_room');
  });

  it('gives addresses that are ready to use', async () => {
    const { json } = await edge.playback(amy);
    expect(json).toMatchObject({ whep: 'http://edge.test/whep/room-1', events: 'ws://edge.test/rooms/room-1/events' });
    expect(new URL(json.hls).searchParams.get('token')).toBe(json.token);
    expect(Date.parse(json.expiresAt) - Date.now()).toBeGreaterThan(590_000);
  });

  it('opens no other room and no other door', async () => {
    const { token } = (await edge.playback(amy)).json;
    for (const path of ['/flv/room-2.flv', '/hls/room-2/index.m3u8', '/hls/no-such-room/index.m3u8']) {
      expect((await edge.call('GET', `${path}?token=${token}`)).json.error.code).toBe('wrong_room');
    }
    expect((await edge.call('POST', '/whep/room-2', { bearer: token, headers: SDP, body: 'x' })).json.error.code).toBe('wrong_room');
    expect((await edge.call('POST', '/whip/room-1', { bearer: token, headers: SDP, body: 'x' })).status).toBe(401);
    expect((await edge.call('GET', '/api/session', { bearer: token })).status).toBe(401);
  });

  it('dies with its ticket, at every door', async () => {
    await edge.admin('PUT', 'tickets/ben/light');
    const { token } = (await edge.playback(ben)).json;
    expect((await edge.call('GET', `/hls/room-1/index.m3u8?token=${token}`)).json.error.code).toBe('not_live');
    await edge.admin('DELETE', 'tickets/ben/light');
    expect((await edge.call('GET', `/hls/room-1/index.m3u8?token=${token}`)).json.error.code).toBe('ticket_revoked');
    expect((await edge.call('POST', '/whep/room-1', { bearer: token, headers: SDP, body: 'x' })).json.error.code).toBe('ticket_revoked');
    expect((await edge.playback(ben)).status).toBe(402);
  });
});

describe('service tokens', () => {
  it('a publishing key publishes to its own room only and administers nothing', async () => {
    const bearer = edge.publishKey('room-1');
    expect((await edge.call('POST', '/whip/room-2', { bearer, headers: SDP, body: 'x' })).json.error.code).toBe('wrong_room');
    expect((await edge.call('PUT', '/api/admin/rooms/room-1', { bearer, json: { name: 'x', alwaysOpen: true } })).json.error.code).toBe('admin_needed');
    expect((await edge.call('GET', '/api/rooms/room-1', { bearer })).json.ingest).toMatchObject({ protocol: 'none' });
    expect((await edge.call('GET', '/api/rooms/room-2', { bearer })).status).toBe(403);
    expect((await edge.call('GET', '/api/rooms/room-1')).json.ingest).toBeUndefined();
  });

  it('what the panel is given looks at its own room and does nothing else', async () => {
    const bearer = edge.token({ scope: 'watch', room: 'room-1', sub: 'box-1' });
    const offer = (path: string) => edge.call('POST', path, { bearer, headers: SDP, body: 'x' });
    expect((await offer('/whep/room-1')).json.error.code).toBe('not_live');
    expect((await offer('/whep/room-2')).json.error.code).toBe('wrong_room');
    expect((await offer('/whip/room-1')).json.error.code).toBe('publish_key_needed');
    for (const method of ['DELETE', 'GET']) expect((await edge.call(method, '/whep/room-1/none', { bearer })).status).toBe(404);
    expect((await edge.call('PUT', '/api/admin/rooms/room-1', { bearer, json: { name: 'x', alwaysOpen: true } })).json.error.code).toBe('admin_needed');
    expect((await edge.call('GET', '/api/rooms/room-1', { bearer })).json.ingest).toBeUndefined();
  });

  it('what is no SDP is told so, with what to send instead', async () => {
    const bearer = edge.publishKey('room-1');
    const bad = await edge.call('POST', '/whip/room-1', { bearer, headers: SDP, body: 'this is not SDP' });
    expect([bad.status, bad.json.error.code, bad.headers.get('access-control-allow-origin')]).toEqual([400, 'bad_sdp', '*']);
    expect((await edge.call('POST', '/whip/room-1', { bearer, json: {} })).status).toBe(415);
    expect((await edge.call('POST', '/whip/room-1', { bearer })).status).toBe(415);
    expect((await edge.call('OPTIONS', '/whip/room-1')).headers.get('access-control-allow-headers')).toContain('Authorization');
  });

  it('an admin is told what is wrong with a body', async () => {
    const answer = await edge.admin('PUT', 'courses/light', { ...COURSE, currency: 'euro' });
    expect([answer.status, answer.json.error.code]).toEqual([400, 'bad_request']);
    expect((await edge.admin('PUT', 'courses/light', { ...COURSE, buyUrl: 'javascript:alert(1)' })).status).toBe(400);
    expect((await edge.admin('PUT', 'courses/other', { ...COURSE, room: 'nowhere' })).json.error.code).toBe('unknown_room');
    expect((await edge.admin('PUT', 'tickets/nobody/light')).json.error.code).toBe('unknown_account');
  });
});

describe('signing in', () => {
  it('works once, sets a cookie that scripts can not read, and leads to a page of ours only', async () => {
    const { url } = (await edge.admin('POST', 'accounts/amy/sign-in-links', { seconds: 60 })).json;
    const path = new URL(url).pathname + new URL(url).search;
    const link = new URL(url).searchParams.get('link') ?? '';
    for (const to of ['/watch/room-1', '//evil.test/']) {
      const shown = await edge.call('GET', `${path}&to=${encodeURIComponent(to)}`);
      expect([shown.status, shown.headers.get('set-cookie')]).toEqual([303, null]);
      const page = new URL(shown.headers.get('location') ?? '', edge.url);
      expect([page.pathname, page.searchParams.get('link'), page.searchParams.get('to')]).toEqual(['/signing-in', link, to === '/watch/room-1' ? to : '/']);
    }
    const signIn = (to: string) => edge.call('POST', '/api/session', { json: { link, to } });
    const answer = await signIn('/watch/room-1');
    expect([answer.status, answer.json]).toEqual([200, { to: '/watch/room-1' }]);
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Lax');
    expect([(await signIn('/')).status, (await signIn('/')).json.error.code]).toEqual([401, 'bad_link']);
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    expect((await edge.call('GET', '/api/session', { headers })).json).toEqual({ account: 'amy', name: 'amy' });
    expect((await edge.call('POST', '/api/rooms/room-1/playback', { headers })).json.error.code).toBe('wrong_origin');
    expect((await edge.call('POST', '/api/rooms/room-1/playback', { headers: { ...headers, origin: 'http://evil.test' } })).status).toBe(403);
    expect((await edge.call('POST', '/api/rooms/room-1/playback', { headers: { ...headers, origin: edge.url } })).status).toBe(200);
  });

  it('is not done by whatever only looks whether there is something at the address', async () => {
    const { url } = (await edge.admin('POST', 'accounts/amy/sign-in-links', { seconds: 60 })).json;
    const path = new URL(url).pathname + new URL(url).search;
    expect((await fetch(`${edge.url}${path}`, { method: 'HEAD', redirect: 'manual' })).status).toBe(404);
    expect((await edge.call('POST', '/api/session', { json: { link: new URL(url).searchParams.get('link') } })).json).toEqual({ to: '/' });
  });

  it('is there for a whole house behind one address', async () => {
    const { url } = (await edge.admin('POST', 'accounts/amy/sign-in-links', { seconds: 60, reusable: true })).json;
    const answers = await Promise.all(Array.from({ length: 60 }, () => edge.call('GET', new URL(url).pathname + new URL(url).search)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303]));
  });

  it('lasts while its student watches, and no longer than was said where it is a bearer token', async () => {
    const [cookie = '', bearer = ''] = await Promise.all([60, 60].map(async (seconds) => (await edge.admin('POST', 'accounts/amy/tokens', { seconds })).json.token as string));
    const headers = { cookie: `lectern_session=${cookie}`, origin: edge.url };
    const renewed = (await edge.call('POST', '/api/rooms/room-1/playback', { headers })).headers.get('set-cookie') ?? '';
    expect(renewed).toContain(`lectern_session=${cookie};`);
    expect(Date.parse(/Expires=([^;]+)/.exec(renewed)?.[1] ?? '') - Date.now()).toBeGreaterThan(7_000_000);
    expect((await edge.call('POST', '/api/rooms/room-1/playback', { headers })).headers.get('set-cookie')).toBeNull();
    expect((await edge.call('POST', '/api/rooms/room-1/playback', { bearer })).headers.get('set-cookie')).toBeNull();
  });

  it.each(['//evil.test', 'https://evil.test', '/\\evil.test', 'javascript:alert(1)', '/%0d%0aset-cookie:x'])('does not lead to %s', async (to) => {
    const { url } = (await edge.admin('POST', 'accounts/amy/sign-in-links', { seconds: 60, reusable: true })).json;
    const answer = await edge.call('GET', `${new URL(url).pathname}${new URL(url).search}&to=${encodeURIComponent(to)}`);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
  });
});

it('shows the storefront to anyone, and tickets to their holder; replays stay away while campus does', async () => {
  const stranger = (await edge.call('GET', '/api/storefront')).json;
  expect([stranger.student, stranger.courses.length, stranger.replays]).toEqual([null, 2, []]);
  const own = (await edge.call('GET', '/api/storefront', { bearer: amy })).json;
  expect(own.student).toEqual({ name: 'amy' });
  expect(own.courses.filter((course: { hasTicket: boolean }) => course.hasTicket).length).toBe(1);
  expect((await edge.call('GET', `/api/replays/${UUID}`, { bearer: amy })).json.error.code).toBe('replays_unavailable');
});

it('says it is well, what it counts and what it offers', async () => {
  expect((await edge.call('GET', '/healthz')).json.ok).toBe(true);
  expect((await edge.call('GET', '/metrics')).text).toContain('edge_publishers');
  expect(Object.keys((await edge.call('GET', '/api/openapi.json')).json.paths)).toContain('/api/rooms/{room}/playback');
  expect((await edge.call('GET', '/api/keys')).json.publicKeyPem).toContain('PUBLIC KEY');
});

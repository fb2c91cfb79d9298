import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Playback, RoomInfo } from '#edge-relay/contract/api.ts';
import { issueGrant } from '../../cloud-sync/library/grant.ts';
import { callApi } from '../demo/api.ts';
import { eventually } from '../product/eventually.ts';
import { gapsBeyondOverload } from '../product/gaps.ts';
import { publishRtmp } from '../product/run-ffmpeg.ts';
import { Student } from '../product/student.ts';
import { withProduct } from '../product/with-product.ts';
import { EXPIRED, forger, type Forger } from './forged-keys.ts';

const stage = withProduct();
const ROOM = 'room-301';
const OTHER_ROOM = 'room-302';
const NOBODY = '0190a5c0-0000-7000-8000-000000000000';

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly body: string;
}

/** A class is running and a recording is safe, so that every door has something behind it. */
const behind: { genuine?: Forger; foreign?: Forger; playback?: Playback; replay?: { id: string; playlist: string } } = {};

beforeAll(async () => {
  const { genuine, foreign } = forger(stage.product.dir, ROOM);
  Object.assign(behind, { genuine, foreign });
  const { recording } = await startAndProve();
  await stage.box.rest();
  const student = new Student(stage.product.demo);
  const { id, playlist } = await student.replayOf(recording, { timeoutMs: 60_000 });
  await startAndProve();
  Object.assign(behind, { replay: { id, playlist }, playback: await student.playback(ROOM) });
}, 180_000);

async function startAndProve(): Promise<{ recording: string }> {
  await stage.box.start();
  const state = await stage.box.until('a class that is seen and recorded', ({ recording, stream }) => recording.proven && stream.seenAtEdge);
  return { recording: state.recording.id ?? expect.fail('nothing is recorded') };
}

const playback = (): Playback => behind.playback ?? expect.fail('there is no playback');
const genuine = (): Forger => behind.genuine ?? expect.fail('there are no keys');
const foreign = (): Forger => behind.foreign ?? expect.fail('there are no keys');
const replay = (): { id: string; playlist: string } => behind.replay ?? expect.fail('there is no replay');

/** Every way of being nobody that a playback door must know. */
const notViewers: Record<string, () => string> = {
  'no token': () => '',
  nonsense: () => 'not-a-token',
  'another key': () => foreign().playback(),
  'another room': () => genuine().playback({ room: OTHER_ROOM }),
  'an expired token': () => genuine().playback(EXPIRED),
  'a revoked scope': () => genuine().playback({ scope: 'watch' }),
  'no ticket': () => genuine().playback({ sub: 'student-tom' }),
};
const notPublishers: Record<string, () => string> = {
  'no key': () => '',
  nonsense: () => 'not-a-key',
  'another key': () => foreign().publish(),
  'another room': () => genuine().publish({ room: OTHER_ROOM }),
  'an expired key': () => genuine().publish(EXPIRED),
  'a viewer’s token': () => genuine().playback(),
};

async function ask(url: string, { token, ...init }: RequestInit & { token?: string } = {}): Promise<Answer> {
  const headers = new Headers(init.headers);
  if (token) headers.set('authorization', `Bearer ${token}`);
  const answer = await fetch(url, { ...init, headers, redirect: 'manual', signal: AbortSignal.timeout(10_000) });
  const body = await answer.text();
  return { status: answer.status, code: codeIn(body), body };
}

function codeIn(body: string): string {
  if (!body.startsWith('{')) return '';
  return (JSON.parse(body) as { error?: { code: string } }).error?.code ?? '';
}

function expectRefused({ status, code, body }: Answer): void {
  expect([401, 402, 403], body).toContain(status);
  expect(code).toMatch(/^[a-z_]+$/);
  expect(body).not.toMatch(/^#EXTM3U|^v=0/);
}

const offer = (token: string): RequestInit & { token: string } => ({ token, method: 'POST', body: 'v=0\r\n', headers: { 'content-type': 'application/sdp' } });
const edge = (path: string): string => `${stage.product.demo.edge.url}${path}`;

describe.each(Object.entries(notViewers))('with %s', (_name, token) => {
  test('WHEP refuses', async () => expectRefused(await ask(edge(`/whep/${ROOM}`), offer(token()))));
  test('a room that does not exist refuses just so', async () => {
    const answer = await ask(edge('/whep/room-404'), offer(token()));
    expectRefused(answer);
  });
  test('the multivariant playlist refuses', async () => expectRefused(await ask(edge(`/hls/${ROOM}/index.m3u8?token=${token()}`))));
  test('a media playlist refuses', async () => expectRefused(await ask(edge(`/hls/${ROOM}/720p/index.m3u8?token=${token()}`))));
  test('the events socket closes with 4401, or 4403 where only the ticket is missing', async () => {
    expect([4401, 4403]).toContain(await closeCodeOf(playback().events, token()));
  });
});

test('the genuine token opens the same doors', async () => {
  const { hls, token } = playback();
  expect((await ask(hls)).body).toContain('#EXTM3U');
  expect((await ask(edge(`/whep/${ROOM}`), offer(token))).code).toBe('bad_sdp');
});

describe('parts', () => {
  /** A part's address, fresh from the playlist. */
  const part = async (): Promise<URL> => {
    const multivariant = await ask(playback().hls);
    const media = new URL(firstAddress(multivariant.body, /^(?!#).+m3u8.*$/m), playback().hls);
    return new URL(firstAddress((await ask(media.href)).body, /(?<=URI=")[^"]*sig=[^"]*/), media);
  };

  test('are served under the room’s signature', async () => expect((await ask((await part()).href)).status).toBe(200));

  test.each([
    ['without one', (url: URL) => (url.search = '')],
    ['with another', (url: URL) => url.searchParams.set('sig', 'A'.repeat(43))],
    ['with a longer life', (url: URL) => url.searchParams.set('until', String(Number(url.searchParams.get('until')) + 600))],
    ['with a past life', (url: URL) => url.searchParams.set('until', '1700000000')],
    ['in another room', (url: URL) => (url.pathname = url.pathname.replace(ROOM, OTHER_ROOM))],
  ])('are refused %s', async (_name, spoil) => {
    const url = await part();
    spoil(url);
    expectRefused(await ask(url.href));
  });
});

describe.each(Object.entries(notPublishers))('publishing with %s', (_name, token) => {
  test('WHIP refuses', async () => expectRefused(await ask(edge(`/whip/${ROOM}`), offer(token()))));
  test('RTMP refuses, and nothing of it reaches the room', async () => {
    const url = new URL(stage.product.demo.publish.rtmp.url);
    const before = await ingest();
    const refused = publishRtmp(`rtmp://${url.host}/live/${ROOM}?key=${token()}`);
    expect(await refused.ended).not.toBe('');
    expect((await ingest())?.protocol).toBe(before?.protocol);
  });
});

describe('playback and replay', () => {
  test.each([
    ['playback', () => edge(`/api/rooms/${ROOM}/playback`), 'POST'],
    ['the replay', () => edge(`/api/replays/${replay().id}`), 'GET'],
    ['an unknown replay', () => edge(`/api/replays/${NOBODY}`), 'GET'],
  ])('%s wants a session', async (_name, url, method) => {
    for (const token of ['', 'not-a-token', genuine().playback()]) expect((await ask(url(), { method, token })).status).toBe(401);
  });

  test('no ticket: 402 and what is on offer', async () => {
    const { token } = stage.product.demo.students.unpaid;
    const answer = await ask(edge(`/api/rooms/${ROOM}/playback`), { method: 'POST', token });
    expect(answer).toMatchObject({ status: 402, code: 'ticket_needed' });
    expect(JSON.parse(answer.body)).toMatchObject({ error: { details: { offer: { title: 'Physics 12: Orbits', priceCents: 1900, currency: 'EUR' } } } });
    expect((await ask(edge(`/api/replays/${replay().id}`), { token })).status).toBe(402);
  });

  test('an unknown room, for somebody who is signed in', async () => {
    const { token } = stage.product.demo.students.paid;
    expect(await ask(edge('/api/rooms/room-404/playback'), { method: 'POST', token })).toMatchObject({ status: 404, code: 'unknown_room' });
  });
});

describe('a recording’s media at campus', () => {
  const media = (grant: string, id = replay().id): string => `${stage.product.demo.campus.url}/media/${id}/index.m3u8?grant=${encodeURIComponent(grant)}`;
  const grant = (): string => new URL(replay().playlist).searchParams.get('grant') ?? '';
  const secret = (): string => readFileSync(join(stage.product.dir, 'campus/grant-secret'), 'utf8').trim();

  test('open with the grant that the replay page was given', async () => expect((await ask(media(grant()))).body).toContain('#EXTM3U'));

  test.each([
    ['none', () => media('')],
    ['nonsense', () => media('not-a-grant')],
    ['another recording’s', () => media(grant(), NOBODY)],
    ['an expired one', () => media(issueGrant(secret(), replay().id, 'student-ana', Date.now() - 5 * 3_600_000).grant)],
    ['one by another secret', () => media(issueGrant('another', replay().id, 'student-ana', Date.now()).grant)],
  ])('refuse %s, the parts too', async (_name, url) => {
    expectRefused(await ask(url()));
    expectRefused(await ask(url().replace('index.m3u8', 'part-000.mp4')));
  });
});

describe('bad input', () => {
  test('an SDP that is not one', async () => {
    for (const [path, token] of [[`/whep/${ROOM}`, playback().token], [`/whip/${ROOM}`, genuine().publish()]] as const) {
      const answer = await ask(edge(path), { token, method: 'POST', body: 'this is no SDP', headers: { 'content-type': 'application/sdp' } });
      expect(answer).toMatchObject({ status: 400, code: 'bad_sdp' });
    }
  });

  test('another content type', async () => {
    expect((await ask(edge(`/whep/${ROOM}`), { token: playback().token, method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })).status).toBe(415);
  });

  test('the panel’s API without its token', async () => {
    for (const path of ['state', 'settings', 'return']) expectRefused(await ask(`${stage.box.url}/api/${path}`));
    expectRefused(await ask(`${stage.box.url}/api/lesson/stop`, { method: 'POST', token: 'not-a-token' }));
    expectRefused(await ask(`${stage.box.url}/preview/whep`, offer('')));
  });

  test('a foreign page or another name for the box', async () => {
    const { token } = stage.product.demo.panel;
    expect((await ask(`${stage.box.url}/api/lesson/stop`, { method: 'POST', token, headers: { origin: 'https://elsewhere.example' } })).status).toBe(403);
  });

  test('a wrong PIN, until it has to wait', async () => {
    const type = (pin: string): Promise<Answer> => ask(`${stage.box.url}/api/session`, { method: 'POST', body: JSON.stringify({ pin }), headers: { 'content-type': 'application/json' } });
    const wrong = stage.product.demo.panel.pin === '000000' ? '111111' : '000000';
    expect(await type(wrong)).toMatchObject({ status: 401, code: 'wrong_pin' });
    const limited = await eventually('the guard to be fed up', async () => {
      const answer = await type(wrong);
      return answer.status === 429 ? answer : undefined;
    });
    expect(limited.code).toBe('too_many_tries');
    expect((JSON.parse(limited.body) as { error: { details: { retryAfterMs: number } } }).error.details.retryAfterMs).toBeGreaterThan(0);
    expect((await type(stage.product.demo.panel.pin)).status).toBe(429);
  });

  test('and the class has not noticed any of it', async () => {
    const { lesson, recording, stream } = await stage.box.state();
    expect(lesson.phase).toBe('live');
    expect(recording).toMatchObject({ active: true, proven: true });
    expect(gapsBeyondOverload(recording.gaps)).toEqual([]);
    expect(stream).toMatchObject({ seenAtEdge: true, protocol: 'whip' });
  });
});

function ingest(): Promise<RoomInfo['ingest']> {
  return callApi<RoomInfo>(edge(`/api/rooms/${ROOM}`), { token: genuine().publish() }).then((info) => info.ingest);
}

function firstAddress(playlist: string, pattern: RegExp): string {
  return pattern.exec(playlist)?.[0] ?? expect.fail(`no address in ${playlist}`);
}

/** What a socket that says hello with this token is closed with. */
function closeCodeOf(url: string, token: string): Promise<number> {
  const socket = new WebSocket(url);
  socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', token })));
  return new Promise((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      socket.terminate();
      reject(new Error(`it was let in: ${data.toString()}`));
    });
    socket.on('close', resolve);
    socket.on('error', reject);
  });
}

/** Replays against a campus that speaks HTTP: what a student may see, and what campus is asked with. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyToken } from '#kit/process/tokens.ts';
import { LIBRARY_AUDIENCE, LibraryClaims } from '#cloud-sync/contract/library.ts';
import { startEdge, type TestEdge } from '../testing/edge.ts';

const ID = '0190a0b0-0000-7000-8000-000000000001';
const OTHER = '0190a0b0-0000-7000-8000-000000000002';
const recording = (id: string, room: string, safe: boolean) => ({
  id, room, title: 'Light', teacher: 'Ada', recordedAt: '2026-09-01T08:00:00.000Z', endedAt: '2026-09-01T09:00:00.000Z', durationSeconds: 3_600, bytes: 9, safe, gaps: [], pauses: [], redactions: [], tracks: [],
});
const RECORDINGS = [recording(ID, 'room-1', true), recording(OTHER, 'room-1', false), recording(crypto.randomUUID(), 'room-2', true)];
const answerTo = (path: string): unknown => {
  const room = new URL(path, 'http://campus.test').searchParams.get('room');
  return room === null ? RECORDINGS.find(({ id }) => path === `/api/recordings/${id}`) : { recordings: RECORDINGS.filter((one) => one.room === room) };
};
/** What campus answers a request for a grant is cut off in the middle. */
let isTorn = false;
const asked: { path: string; token: string }[] = [];
let campus: Server;
let edge: TestEdge;
let amy = '';
let ben = '';

beforeAll(async () => {
  campus = createServer((request, response) => {
    asked.push({ path: request.url ?? '', token: request.headers.authorization?.slice(7) ?? '' });
    const grant = { playlist: 'http://campus.test/media/x/index.m3u8?grant=g', expiresAt: '2026-09-01T13:00:00.000Z' };
    response.setHeader('content-type', 'application/json');
    if (isTorn && request.method === 'POST') response.write('{"playlist":', () => response.destroy());
    else response.end(JSON.stringify(request.method === 'POST' ? grant : answerTo(request.url ?? '')));
  }).listen(0, '127.0.0.1');
  await once(campus, 'listening');
  edge = await startEdge({ campus: { url: `http://127.0.0.1:${(campus.address() as AddressInfo).port}` } });
  ({ amy, ben } = await edge.seed());
});
afterAll(async () => {
  await edge.stop();
  campus.close();
});

describe('replays', () => {
  it('lists what is safe, in rooms that the student has a ticket for', async () => {
    const { replays } = (await edge.call('GET', '/api/storefront', { bearer: amy })).json;
    expect(replays).toEqual([{ id: ID, title: 'Light', recordedAt: '2026-09-01T08:00:00.000Z', durationSeconds: 3_600, url: `/replay/${ID}` }]);
    expect((await edge.call('GET', '/api/storefront', { bearer: ben })).json.replays).toEqual([]);
  });

  it('opens one with a grant of campus, asked for under the edge\'s own token', async () => {
    const answer = await edge.call('GET', `/api/replays/${ID}`, { bearer: amy });
    expect([answer.status, answer.json.playlist]).toEqual([200, 'http://campus.test/media/x/index.m3u8?grant=g']);
    const { publicKeyPem } = (await edge.call('GET', '/api/keys')).json;
    const claims = verifyToken(LibraryClaims, asked.at(-1)?.token ?? '', { publicKeyPem, audience: LIBRARY_AUDIENCE });
    expect(claims).toMatchObject({ iss: 'edge', scope: 'catalogue' });
    expect(asked.at(-1)?.path).toBe(`/api/recordings/${ID}/grants`);
  });

  it('says that campus cannot be reached where its answer is cut off', async () => {
    isTorn = true;
    const answer = await edge.call('GET', `/api/replays/${ID}`, { bearer: amy });
    isTorn = false;
    expect([answer.status, answer.json.error.code]).toEqual([503, 'replays_unavailable']);
  });

  it('offers a ticket to others, and knows nothing of what is not safe yet', async () => {
    expect((await edge.call('GET', `/api/replays/${ID}`, { bearer: ben })).json.error).toMatchObject({ code: 'ticket_needed', details: { offer: { title: 'Light' } } });
    expect((await edge.call('GET', `/api/replays/${OTHER}`, { bearer: amy })).json.error.code).toBe('unknown_replay');
    expect((await edge.call('GET', '/api/replays/not-an-id', { bearer: amy })).status).toBe(400);
  });
});

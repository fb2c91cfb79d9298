import { once } from 'node:events';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '#kit/process/errors.ts';
import { createHttp, type Http, listenOn } from '#kit/process/http.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import type { Peer } from '#kit/webrtc/types.ts';
import { webRtcRoutes, type Endpoint } from './protocol.ts';
import { Resources } from './resources.ts';

let http: Http | null = null;
afterEach(async () => {
  await http?.close();
});

const OWNER = { kind: 'publisher', owner: 'box', room: 'room-1', rank: 0 } as const;

/** A WHEP endpoint on a port, which answers as told. */
async function serve(answer: Endpoint['answer'], resources: Resources = new Resources()): Promise<string> {
  const authorise = (_access: string, request: { principal: unknown }): void => {
    request.principal = OWNER;
  };
  const opened = await createHttp({ name: 'edge', log: pino({ level: 'silent' }), authorise, health: () => ({ ok: true, reasons: [] }), metrics: createMetrics('test') });
  http = opened;
  const webrtc = { acceptRestart: (_peer: Peer, fragment: string) => fragment };
  webRtcRoutes(opened, { path: '/whep', door: 'watch', resources, iceServers: () => null, webrtc, answer }, () => undefined);
  return `http://127.0.0.1:${await listenOn(opened, { host: '127.0.0.1', port: 0 })}/whep/room-1`;
}

const asked = (url: string, signal: AbortSignal | null = null): Promise<Response> => fetch(url, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: 'v=0\r\n', signal });

it('tells an endpoint that takes its time when nobody waits for its answer any more', async () => {
  const [begun, gone, client] = [Promise.withResolvers<void>(), Promise.withResolvers<string>(), new AbortController()];
  const url = await serve((_request, _offer, signal) => {
    signal.addEventListener('abort', () => gone.resolve('gone'));
    begun.resolve();
    return new Promise(() => undefined);
  });
  const answer = asked(url, client.signal).catch((error: Error) => error.name);
  await begun.promise;
  client.abort();
  expect([await gone.promise, await answer]).toEqual(['gone', 'AbortError']);
});

it('does not take one who waits for one who has gone', async () => {
  const seen: boolean[] = [];
  const url = await serve(async ({ raw }, _offer, signal) => {
    // The request is over once its body was read; who asked still waits.
    if (!raw.closed) await once(raw, 'close');
    seen.push(signal.aborted);
    throw new CodedError('not_live', 'Nothing is on.', { status: 409 });
  });
  expect((await asked(url)).status).toBe(409);
  expect(seen).toEqual([false]);
});

describe('a session', () => {
  const added: string[] = [];
  let url = '';
  let etag = '';
  beforeEach(async () => {
    added.length = 0;
    const resources = new Resources();
    const peer = { on: () => () => undefined, addRemoteCandidates: (fragment: string) => void added.push(fragment) } as unknown as Peer;
    const base = await serve(() => Promise.reject(new Error('nobody asks for another')), resources);
    const resource = resources.add('room-1', 'publisher:box', peer);
    ({ etag } = resource);
    url = `${base}/${resource.id}`;
  });

  const patch = (body: string, match: string): Promise<Response> => fetch(url, { method: 'PATCH', headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': match }, body });
  const CANDIDATE = 'a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n';

  it.each(['*', '"*"'])('is restarted for If-Match: %s', async (match) => {
    const answer = await patch(CANDIDATE, match);
    expect([answer.status, await answer.text(), added]).toEqual([200, CANDIDATE, []]);
    expect(answer.headers.get('etag')).not.toBe(etag);
  });

  it('takes candidates, and tells a client whose body is none', async () => {
    expect((await patch(`m=audio 9 RTP/AVP 0\n${CANDIDATE}`, etag)).status).toBe(204);
    expect((await patch('{"candidate": ""}', etag)).status).toBe(400);
    expect(added).toHaveLength(1);
  });

  it('has nothing to show, nor has the endpoint, and is not found where it does not exist', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answers = await Promise.all([url, url.replace(/\/[^/]+$/, ''), `${url}0`].map((address) => fetch(address, { method })));
      expect(answers.map(({ status }) => status)).toEqual([204, 204, 404]);
    }
  });
});

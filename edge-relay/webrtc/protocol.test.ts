import { once } from 'node:events';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { CodedError } from '#kit/process/errors.ts';
import { createHttp, type Http, listenOn } from '#kit/process/http.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import { webRtcRoutes, type Endpoint } from './protocol.ts';
import { Resources } from './resources.ts';

let http: Http | null = null;
afterEach(async () => {
  await http?.close();
});

/** A WHEP endpoint on a port, which answers as told. */
async function serve(answer: Endpoint['answer']): Promise<string> {
  const opened = await createHttp({ name: 'edge', log: pino({ level: 'silent' }), authorise: () => undefined, health: () => ({ ok: true, reasons: [] }), metrics: createMetrics('test') });
  http = opened;
  const webrtc = { acceptRestart: () => '' };
  webRtcRoutes(opened, { path: '/whep', door: 'watch', resources: new Resources(), iceServers: () => null, webrtc, answer }, () => undefined);
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

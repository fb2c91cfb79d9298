import { afterEach, expect, it, vi } from 'vitest';
import { createApiClient } from './api-client.ts';

afterEach(() => void vi.unstubAllGlobals());

function answering(response: Response): Promise<unknown> {
  vi.stubGlobal('fetch', () => Promise.resolve(response));
  return createApiClient().get('/api/state');
}

function failing(error: unknown): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"room":'));
      controller.error(error);
    },
  });
}

it('gives what the service said', async () => {
  expect(await answering(Response.json({ room: 'room-1' }))).toEqual({ room: 'room-1' });
  expect(await answering(new Response(null, { status: 204 }))).toBeNull();
});

it.each([
  ['cut off', new Response(failing(new TypeError('terminated'))), 'unreachable'],
  ['too slow', new Response(failing(new DOMException('late', 'TimeoutError'))), 'too_slow'],
  ['half of its JSON', new Response('{"room":'), 'unreachable'],
  ['somebody else’s page', new Response('<h1>Sign in to the network</h1>'), 'unreachable'],
  ['nothing at all', new Response('', { status: 201 }), 'unreachable'],
])('takes a success that is %s for no answer', async (_, response, code) => {
  await expect(answering(response)).rejects.toMatchObject({ name: 'ApiError', code, status: 0, cause: expect.any(Error) });
});

it.each([
  ['in its own words', Response.json({ error: { code: 'edge_full', message: 'Full.', details: { retryAfterMs: 5 } } }, { status: 503 }), { code: 'edge_full', status: 503, details: { retryAfterMs: 5 } }],
  ['by its status alone', new Response('<h1>Bad gateway</h1>', { status: 502 }), { code: 'bad_answer', status: 502 }],
  ['by its status where the words were cut off', new Response(failing(new TypeError('terminated')), { status: 401 }), { code: 'bad_answer', status: 401 }],
])('tells a refusal %s', async (_, response, error) => {
  await expect(answering(response)).rejects.toMatchObject(error);
});

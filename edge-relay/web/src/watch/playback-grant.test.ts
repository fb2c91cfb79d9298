import type { Playback } from '#edge-relay/contract/api.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PlaybackGrant } from './playback-grant.svelte.ts';

const EDGE_MS = Date.UTC(2026, 8, 7, 10);
const MINUTE_MS = 60_000;
const ask = vi.fn<() => Promise<Response>>();
let stop: AbortController;
let grant: PlaybackGrant;

/** The edge's clock is right, whatever the page's says. */
function granted(fields: Partial<Playback> = { expiresInS: 600 }): Promise<Response> {
  const token = `token ${ask.mock.calls.length}`;
  const expiresAt = new Date(EDGE_MS + 10 * MINUTE_MS).toISOString();
  return Promise.resolve(Response.json({ token, expiresAt, whep: '', hls: '', flv: '', events: '', ...fields }));
}

function cutOff(): Promise<Response> {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"token":"to'));
      controller.error(new TypeError('network error'));
    },
  });
  return Promise.resolve(new Response(body, { status: 200 }));
}

beforeEach(() => {
  vi.useFakeTimers({ now: EDGE_MS });
  vi.stubGlobal('fetch', ask);
  ask.mockReset();
  ask.mockImplementation(() => granted());
  stop = new AbortController();
  grant = new PlaybackGrant('room-1');
});

afterEach(() => {
  stop.abort();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const asked = (): number => ask.mock.calls.length;

it.each([
  ['right', 0],
  ['twenty minutes slow', -20 * MINUTE_MS],
  ['nine and a half minutes fast', 9.5 * MINUTE_MS],
])('renews the token two minutes before it ends on a page whose clock is %s', async (_, offMs) => {
  vi.setSystemTime(EDGE_MS + offMs);
  void grant.run(stop.signal);
  await vi.advanceTimersByTimeAsync(8 * MINUTE_MS - 1_000);
  expect(asked()).toBe(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect([asked(), grant.playback?.token]).toEqual([2, 'token 2']);
});

it('takes ten minutes for granted where the edge does not say how long', async () => {
  ask.mockImplementation(() => granted({}));
  void grant.run(stop.signal);
  await vi.advanceTimersByTimeAsync(8 * MINUTE_MS - 1_000);
  expect(asked()).toBe(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked()).toBe(2);
});

it('notices within seconds of waking that the token fell due in its sleep', async () => {
  void grant.run(stop.signal);
  await vi.advanceTimersByTimeAsync(MINUTE_MS + 1_000);
  vi.setSystemTime(Date.now() + 20 * MINUTE_MS);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(asked()).toBe(2);
});

it('is not held up by a clock that is set back', async () => {
  void grant.run(stop.signal);
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  vi.setSystemTime(Date.now() - 60 * MINUTE_MS);
  await vi.advanceTimersByTimeAsync(7 * MINUTE_MS);
  expect(asked()).toBe(2);
});

it('asks at once when it is looked at after sleep, once, and not without need', async () => {
  void grant.run(stop.signal);
  await vi.advanceTimersByTimeAsync(MINUTE_MS + 1_000);
  grant.lookAgain();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked()).toBe(1);
  vi.setSystemTime(Date.now() + 20 * MINUTE_MS);
  grant.lookAgain();
  await Promise.resolve();
  grant.lookAgain();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked()).toBe(2);
});

it('keeps what is granted through an answer that was cut off, and asks again', async () => {
  void grant.run(stop.signal);
  await vi.advanceTimersByTimeAsync(0);
  ask.mockImplementationOnce(cutOff);
  await vi.advanceTimersByTimeAsync(8 * MINUTE_MS);
  expect([asked(), grant.playback?.token]).toEqual([2, 'token 1']);
  await vi.advanceTimersByTimeAsync(2_000);
  expect([asked(), grant.playback?.token]).toEqual([3, 'token 3']);
});

it('says that the service is out of reach where the first answer was cut off, and asks again', async () => {
  ask.mockImplementationOnce(cutOff);
  void grant.run(stop.signal);
  await vi.advanceTimersByTimeAsync(0);
  expect(grant.current).toMatchObject({ kind: 'refused', error: { code: 'unreachable' } });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(grant.current.kind).toBe('granted');
});

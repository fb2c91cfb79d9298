import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WhepPlayer } from './whep-player.svelte.ts';

let stalled = false;
let takesAnswer: () => Promise<void>;

/** As much of a browser's connection as a session touches; each look finds more of the picture. */
class Peer extends EventTarget {
  readonly connectionState = 'connected';
  #frames = 0;
  addTransceiver = () => ({ receiver: { track: {} }, setCodecPreferences: () => undefined });
  createOffer = () => Promise.resolve({ type: 'offer', sdp: 'offer' });
  setLocalDescription = () => Promise.resolve();
  setRemoteDescription = () => takesAnswer();
  getReceivers = () => [];
  close = () => undefined;
  getStats = () => {
    if (!stalled) this.#frames += 12;
    return Promise.resolve(new Map([['video', { type: 'inbound-rtp', kind: 'video', framesDecoded: this.#frames, bytesReceived: this.#frames * 1_000 }]]));
  };
}

const answer = vi.fn<(url: string, init: RequestInit) => Promise<Response>>();
const player = () => new WhepPlayer({ endpoint: () => Promise.resolve({ url: 'https://edge.test/whep/room-301', token: 'token' }) });
const moments = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  answer.mockReset().mockImplementation(() => Promise.resolve(new Response('answer', { status: 201 })));
  stalled = false;
  takesAnswer = () => Promise.resolve();
  vi.stubGlobal('fetch', answer);
  vi.stubGlobal('RTCPeerConnection', Peer);
  vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => null });
  vi.stubGlobal('MediaStream', class { addTrack = () => undefined; });
  for (const name of ['addEventListener', 'removeEventListener']) vi.stubGlobal(name, () => undefined);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it.each([
  ['while it looks at the figures', 1_000],
  ['between two looks', 1_200],
  ['while it still asks', 0],
])('plays on in a run that begins as the one before is aborted, %s', async (_, afterMs) => {
  const whep = player();
  const [first, second] = [new AbortController(), new AbortController()];
  const over = whep.run(first.signal);
  await moments(afterMs);
  first.abort();
  void whep.run(second.signal);
  expect(whep.phase).toBe('connecting');
  await over;
  expect(whep.phase).not.toBe('idle');
  await moments(10);
  expect(whep.phase).toBe('playing');
  await moments(20_000);
  expect(whep.phase).toBe('playing');
  expect(whep.hasPicture).toBe(true);
  second.abort();
  await moments(10);
  expect(whep.phase).toBe('idle');
});

it('starts counting its tries anew with a new run', async () => {
  const whep = player();
  const [first, second] = [new AbortController(), new AbortController()];
  answer.mockImplementation(() => Promise.resolve(Response.json({ error: { code: 'draining', message: 'Elsewhere.' } }, { status: 503 })));
  void whep.run(first.signal);
  await moments(1_000);
  expect(whep.attempt).toBeGreaterThan(0);
  first.abort();
  void whep.run(second.signal);
  expect(whep.attempt).toBe(0);
  second.abort();
});

it('shows nothing of now from the loss of a session to the first frame of the next', async () => {
  const whep = player();
  const stop = new AbortController();
  void whep.run(stop.signal);
  await moments(1_000);
  expect(whep.showing).toBe(true);
  stalled = true;
  answer.mockImplementation(() => Promise.resolve(new Response(null, { status: 503 })));
  await moments(7_000);
  expect([whep.hasPicture, whep.showing]).toEqual([true, false]);
  stalled = false;
  answer.mockImplementation(() => Promise.resolve(new Response('answer', { status: 201 })));
  await moments(7_000);
  expect(whep.showing).toBe(true);
  stop.abort();
});

it('ends at the service what was granted and could not be taken', async () => {
  takesAnswer = () => Promise.reject(new Error('an answer that is none'));
  answer.mockImplementation(() => Promise.resolve(new Response('answer', { status: 201, headers: { location: 'https://edge.test/whep/session-1' } })));
  const stop = new AbortController();
  void player().run(stop.signal);
  await moments(100);
  expect(answer.mock.calls.map(([url, { method }]) => `${method} ${url}`)).toEqual(['POST https://edge.test/whep/room-301', 'DELETE https://edge.test/whep/session-1']);
  stop.abort();
});

/** Students whose network lets nothing through but a TURN server (coturn): told of by `Link`, used by the watch page, closed to everybody else. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { iceServersIn } from '#kit/ui/whep/ice-links.ts';
import { type ViewerPage } from './contract/operations.ts';
import { until } from './testing/edge.ts';
import { goOnAir, type OnAir } from './testing/on-air.ts';
import { startTurnServer, type TestTurnServer } from './testing/turn-server.ts';
import { turnCredential } from './webrtc/ice-servers.ts';

const FLAGS = ['--no-sandbox', '--headless=new', '--disable-quic', '--disable-background-networking', '--autoplay-policy=no-user-gesture-required'];
const SECRET = 'north-of-the-river';
const SDP = { 'content-type': 'application/sdp' };

const folder = mkdtempSync(join(tmpdir(), 'turn-secret-'));
const secretFile = join(folder, 'secret');
const shared = (secret: string): void => writeFileSync(secretFile, secret);
let turn: TestTurnServer;
let air: OnAir;
let browser: Browser;

beforeAll(async () => {
  turn = await startTurnServer(SECRET);
  shared(SECRET);
  const webrtc = { host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }], iceServers: ['stun:stun.school.test'], turn: { urls: [turnUrl()], secretFile, credentialSeconds: 600 } };
  air = await goOnAir({ config: { webrtc } });
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
}, 120_000);
afterAll(async () => {
  await browser.close();
  await air[Symbol.asyncDispose]();
  await turn[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  shared(SECRET);
  await air.edge.call('POST', '/api/admin/reload', { bearer: air.edge.token() });
});

const turnUrl = (): string => `turn:127.0.0.1:${turn.port}?transport=udp`;

/** As on a network that lets only the TURN server be reached; the page itself knows nothing of it. */
const RELAY_ONLY = `{
  const Peer = RTCPeerConnection;
  window.peers = [];
  window.RTCPeerConnection = class extends Peer {
    constructor(configuration) {
      super({ ...configuration, iceTransportPolicy: 'relay' });
      window.peers.push(this);
    }
  };
}`;
const FACTS = `(async () => {
  const all = [...(await peers.at(-1).getStats()).values()];
  const pair = all.find(({ type, nominated }) => type === 'candidate-pair' && nominated) ?? {};
  const local = all.find(({ id }) => id === pair.localCandidateId) ?? {};
  const { framesDecoded = 0, frameWidth = 0 } = all.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video') ?? {};
  return { way: local.candidateType, framesDecoded, frameWidth };
})()`;

async function watch(): Promise<Page> {
  const page = await browser.newPage();
  await page.addInitScript(RELAY_ONLY);
  await page.goto(air.watchUrl);
  return page;
}

const plays = (page: Page, transport: string) => page.locator(`video[data-transport="${transport}"][data-state="playing"]`).waitFor({ state: 'attached', timeout: 30_000 });

it('plays through the relay by what `Link` says, in the real watch page', { timeout: 120_000 }, async () => {
  const page = await watch();
  await plays(page, 'webrtc');
  const facts = await until(async () => {
    const now = await page.evaluate<{ way: string; framesDecoded: number; frameWidth: number }>(FACTS);
    return now.framesDecoded > 50 ? now : null;
  });
  expect(facts).toMatchObject({ way: 'relay', frameWidth: 640 });
  const { viewers } = (await air.edge.admin('GET', 'rooms/room-1/viewers')).json as ViewerPage;
  const [viewer] = viewers.filter(({ figures }) => figures.protocol === 'whep');
  // The server's log names the edge's viewer, and no account.
  const named = new RegExp(`user <\\d+:${viewer?.id ?? 'nobody'}>: incoming packet ALLOCATE processed, success`);
  expect(turn.log.some((line) => named.test(line))).toBe(true);
});

it('gets no relay with a credential of another secret, and the class by LL-HLS instead', { timeout: 120_000 }, async () => {
  shared('south-of-the-river');
  expect((await air.edge.call('POST', '/api/admin/reload', { bearer: air.edge.token() })).json.files).toContainEqual({ name: 'turn-secret', outcome: 'changed', reason: null });
  const page = await watch();
  await plays(page, 'hls');
  expect(await page.evaluate<{ way?: string; framesDecoded: number }>(FACTS)).toEqual({ framesDecoded: 0, frameWidth: 0 });
  expect(await page.evaluate('peers.at(-1).getConfiguration().iceServers.length')).toBe(2);
});

/** What gathering through one TURN server comes to. */
const GATHER = `async (server) => {
  const pc = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: 'relay' });
  const codes = [];
  const candidates = [];
  pc.onicecandidateerror = ({ errorCode }) => codes.push(errorCode);
  pc.onicecandidate = ({ candidate }) => candidate?.type === 'relay' && candidates.push(candidate.candidate);
  pc.addTransceiver('video', { direction: 'recvonly' });
  const over = new Promise((resolve) => (pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve()));
  await pc.setLocalDescription();
  await over;
  pc.close();
  return { relays: candidates.length, codes };
}`;

it.each([
  ['a good credential', SECRET, 60, { relays: 1, codes: [] }],
  ['an expired one', SECRET, -60, { relays: 0, codes: [401] }],
  ['one of another secret', 'south-of-the-river', 60, { relays: 0, codes: [401] }],
])('a relay is given for %s: %s, %i s', { timeout: 60_000 }, async (_, secret, seconds, expected) => {
  const { username, credential } = turnCredential(secret, 'somebody', Math.floor(Date.now() / 1000) + seconds);
  const page = await browser.newPage();
  await page.goto(`${air.url}/healthz`);
  const { relays, codes } = await page.evaluate<{ relays: number; codes: number[] }>(`(${GATHER})(${JSON.stringify({ urls: turnUrl(), username, credential })})`);
  // One error a socket that was tried.
  expect({ relays, codes: [...new Set(codes)] }).toEqual(expected);
});

it('tells who passes the door, to each its own, and nobody else', async () => {
  const { edge } = air;
  const { token } = await air.playback();
  const [one, other] = [await edge.call('OPTIONS', '/whep/room-1', { bearer: token }), await edge.call('OPTIONS', '/whep/room-1', { bearer: token })];
  const [stun, relay, ...more] = iceServersIn(one.headers.get('link'));
  expect([one.status, stun, relay?.urls, more]).toEqual([204, { urls: 'stun:stun.school.test' }, turnUrl(), []]);
  expect(iceServersIn(other.headers.get('link'))[1]?.username).not.toBe(relay?.username);
  const [expires = ''] = relay?.username?.split(':') ?? [];
  expect(Number(expires) - Date.now() / 1000).toBeGreaterThan(590);
  expect(relay).toMatchObject(turnCredential(SECRET, relay?.username?.slice(expires.length + 1) ?? '', Number(expires)));
  expect((await edge.call('OPTIONS', '/whip/room-1', { bearer: edge.publishKey('room-1') })).headers.get('link')).toContain('rel="ice-server"');
  const preflight = { 'access-control-request-method': 'POST', origin: 'http://other.test' };
  expect((await edge.call('OPTIONS', '/whep/room-1', { bearer: token, headers: preflight })).headers.get('link')).toBe(null);
  expect((await edge.call('OPTIONS', '/whep/room-1')).headers.get('link')).toBe(null);
  const stranger = await edge.call('OPTIONS', '/whip/room-1', { bearer: token });
  expect([stranger.status, stranger.headers.get('link')]).toEqual([401, null]);
  const refused = await edge.call('POST', '/whep/room-1', { bearer: token, headers: SDP, body: 'x' });
  expect([refused.status, refused.headers.get('link')]).toEqual([400, null]);
});

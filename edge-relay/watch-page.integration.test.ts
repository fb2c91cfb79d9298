/** The watch page in a browser, where it cannot have what it asks for: an edge that is busy, full, or wants the student to leave. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startChild } from '#kit/process/child.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { WebRtcEndpoint } from '#kit/webrtc/types.ts';
import type { Node, ViewerPage } from './contract/operations.ts';
import { SOON_FULL, startEdge, type TestEdge, until } from './testing/edge.ts';
import { buildPages, type BuiltPages } from './testing/pages.ts';

const FLAGS = ['--no-sandbox', '--headless=new', '--disable-quic', '--disable-background-networking', '--autoplay-policy=no-user-gesture-required'];
const SOURCE = ['-hide_banner', '-loglevel', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-re', '-f', 'lavfi', '-i', 'sine=sample_rate=48000'];
const ENCODE = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-pix_fmt', 'yuv420p', '-profile:v', 'baseline', '-c:a', 'aac', '-ar', '48000'];

let pages: BuiltPages;
let edge: TestEdge;
let browser: Browser;
const clients: WebRtcEndpoint[] = [];
const stop = new AbortController();

beforeAll(async () => {
  pages = buildPages();
  edge = await startEdge({ ...SOON_FULL, webDist: pages.dist });
  await edge.seed();
  await edge.admin('PUT', 'tickets/ben/light');
  await until(() => edge.ports.rtmp() !== null);
  await publish();
  // The edge gives out addresses under its public name.
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [...FLAGS, `--host-resolver-rules=MAP edge.test:80 127.0.0.1:${edge.ports.http}`] });
}, 120_000);
afterAll(async () => {
  await browser.close();
  stop.abort();
  await edge.stop();
  pages[Symbol.dispose]();
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  for (const client of clients.splice(0)) await client.close();
  await level('normal');
});

/** Resolves when the room is live. */
async function publish(room = 'room-1'): Promise<void> {
  const url = `rtmp://127.0.0.1:${edge.ports.rtmp() ?? 0}/live/${room}?key=${edge.publishKey(room, 'encoder')}`;
  startChild('ffmpeg', [...SOURCE, ...ENCODE, '-f', 'flv', url], { signal: stop.signal, name: 'test-rtmp' });
  await until(async () => (await edge.call('GET', `/api/rooms/${room}`)).json.live);
}

/** The watch page of a student who has signed in, in a browser of their language. */
async function watch(account: string, locale = 'en', room = 'room-1'): Promise<Page> {
  const { url } = (await edge.admin('POST', `accounts/${account}/sign-in-links`, { seconds: 600, reusable: true })).json;
  const context = await browser.newContext({ locale });
  const page = await context.newPage();
  await page.goto(`${url}&to=/watch/${room}`);
  return page;
}

const plays = (page: Page, transport: string) => page.locator(`video[data-transport="${transport}"][data-state="playing"]`).waitFor({ state: 'attached', timeout: 30_000 });
const node = async (): Promise<Node> => (await edge.call('GET', '/api/rooms', { bearer: edge.token() })).json;
const level = (wanted: string) => until(async () => (await node()).load.level === wanted);
const viewers = async (): Promise<ViewerPage['viewers']> => ((await edge.admin('GET', 'rooms/room-1/viewers')).json as ViewerPage).viewers;
const of = async (account: string) => (await viewers()).filter((viewer) => viewer.account === account);

it('goes on by LL-HLS where the edge is busy, says nothing of it, and tells how the picture is', { timeout: 120_000 }, async () => {
  const amy = await watch('amy');
  await plays(amy, 'webrtc');
  await level('busy');
  const ben = await watch('ben');
  await plays(ben, 'hls');
  expect(await ben.locator('.note.shown').count()).toBe(0);
  expect((await of('ben')).map(({ figures }) => figures.protocol)).toEqual(['hls']);
  const reported = await until(async () => {
    const said = [...(await of('amy')), ...(await of('ben'))].map((viewer) => viewer.reported);
    return said.length === 2 && said.every((one) => one !== null) ? said : null;
  }, 40_000);
  expect(reported.map((one) => one?.protocol)).toEqual(['whep', 'hls']);
  for (const one of reported) expect(one?.delayMs).not.toBeNull();
});

it.each([
  ['en', 'You were asked to leave', 'Try again'],
  ['zh-CN', '您已被请出课堂', '重试'],
])('says to a student who was asked to leave that it is so, and comes back when told to (%s)', { timeout: 120_000 }, async (locale, title, again) => {
  const page = await watch('amy', locale);
  await plays(page, 'webrtc');
  await level('busy');
  const [viewer] = (await of('amy')).filter(({ figures }) => figures.protocol === 'whep');
  expect((await edge.admin('DELETE', `viewers/${viewer?.id ?? ''}`)).status).toBe(200);
  await page.getByRole('heading', { name: title }).waitFor();
  await level('normal');
  await page.getByRole('button', { name: again }).click();
  await plays(page, 'webrtc');
  await edge.admin('DELETE', 'rooms/room-1/accounts/amy', { forSeconds: 3_600 });
  await page.getByRole('heading', { name: title }).waitFor();
  await page.getByRole('button', { name: again }).click();
  await page.getByText(/\d{2}:\d{2}/).waitFor();
  await edge.admin('DELETE', 'rooms/room-1/accounts/amy', { forSeconds: 0 });
});

it.each([
  ['en', 'This link does not sign in any more'],
  ['zh-CN', '此链接已不能登录'],
])('signs in with a link that is good once, which nothing but the page uses up, and says to who comes later that it is (%s)', { timeout: 60_000 }, async (locale, title) => {
  const { url } = (await edge.admin('POST', 'accounts/amy/sign-in-links', { seconds: 600 })).json;
  const opened = async (): Promise<Page> => {
    const page = await (await browser.newContext({ locale })).newPage();
    await page.goto(`${url}&to=/watch/room-1`);
    return page;
  };
  for (const method of ['HEAD', 'GET']) await fetch(`${edge.url}${new URL(url).pathname}${new URL(url).search}`, { method });
  const amy = await opened();
  await plays(amy, 'webrtc');
  expect(new URL(amy.url()).pathname + new URL(amy.url()).search).toBe('/watch/room-1');
  await (await opened()).getByRole('heading', { name: title }).waitFor();
});

it.each([
  ['en', 'Full just now'],
  ['zh-CN', '观看人数已满'],
])('says to who comes that the edge is full (%s)', { timeout: 120_000 }, async (locale, title) => {
  // Not of those who watched a moment ago: they would be let in.
  const newcomer = `newcomer-${locale.toLowerCase()}`;
  await edge.admin('PUT', `accounts/${newcomer}`, { name: newcomer, email: `${newcomer}@school.test` });
  await edge.admin('PUT', `tickets/${newcomer}/light`);
  const { token } = (await edge.playback((await edge.admin('POST', 'accounts/amy/tokens', { seconds: 600 })).json.token)).json;
  await play(token);
  await play(token);
  await level('full');
  const page = await watch(newcomer, locale);
  await page.getByRole('heading', { name: title }).waitFor();
});

it('says that the edge is full to who waited for the class, and plays when there is room', { timeout: 180_000 }, async () => {
  await edge.admin('PUT', 'tickets/ben/guest');
  const page = await watch('ben', 'en', 'room-2');
  await page.getByRole('heading', { name: 'The class has not started yet' }).waitFor();
  const { token } = (await edge.playback((await edge.admin('POST', 'accounts/amy/tokens', { seconds: 600 })).json.token)).json;
  await play(token);
  await play(token);
  await level('full');
  await publish('room-2');
  await page.locator('.note.shown', { hasText: 'As many people are watching' }).waitFor();
  for (const client of clients.splice(0)) await client.close();
  await level('normal');
  await page.locator('video[data-state="playing"]').waitFor({ state: 'attached', timeout: 60_000 });
});

it('says that the class moves while the edge is emptied, and goes on by itself', { timeout: 120_000 }, async () => {
  const page = await watch('amy');
  await plays(page, 'webrtc');
  await edge.admin('PUT', 'drain', { draining: true, overSeconds: 0 });
  await page.getByText('The class is moving to another server.').waitFor();
  const late = await watch('ben', 'zh-CN');
  await late.getByRole('heading', { name: '请稍候' }).waitFor();
  await edge.admin('PUT', 'drain', { draining: false });
  await publish();
  for (const one of [page, late]) await one.locator('video[data-state="playing"]').waitFor({ state: 'attached', timeout: 30_000 });
});

/** A viewer that is no browser. */
async function play(token: string): Promise<void> {
  const client = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }] });
  clients.push(client);
  const own = await client.offer({ direction: 'receive', rids: [], audio: true, h264ProfileLevelId: '42c01f' });
  const answer = await edge.call('POST', '/whep/room-1', { bearer: token, headers: { 'content-type': 'application/sdp' }, body: own.offerSdp });
  expect(answer.status).toBe(201);
  await own.setAnswer(answer.text);
  await until(() => own.peer.state === 'connected');
}

/** A student's browser at the edge's WHEP door, with a class published over RTMP: picture, sound, and the ends of both. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startChild } from '#kit/process/child.ts';
import { startEdge, type TestEdge, until } from './testing/edge.ts';

const FLAGS = ['--no-sandbox', '--headless=new', '--disable-quic', '--disable-background-networking', '--autoplay-policy=no-user-gesture-required', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
const SOURCE = ['-hide_banner', '-loglevel', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25', '-f', 'lavfi', '-i', 'sine=sample_rate=48000'];
const ENCODE = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-pix_fmt', 'yuv420p', '-profile:v', 'baseline', '-c:a', 'aac', '-ar', '48000'];

let edge: TestEdge;
let amy = '';
let browser: Browser;
let encoder: { over: AbortController; gone: Promise<unknown> };

beforeAll(async () => {
  edge = await startEdge({ webrtc: { host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }], iceTcp: { port: 0 } } });
  ({ amy } = await edge.seed());
  await until(() => edge.ports.rtmp() !== null);
  encoder = publish();
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
  await until(isLive, 20_000);
}, 120_000);
afterAll(async () => {
  await browser.close();
  encoder.over.abort();
  await encoder.gone;
  await edge.stop();
});
beforeEach(() => edge.admin('PUT', 'tickets/amy/light'));

function publish() {
  const over = new AbortController();
  const url = `rtmp://127.0.0.1:${edge.ports.rtmp() ?? 0}/live/room-1?key=${edge.publishKey('room-1', 'encoder')}`;
  const child = startChild('ffmpeg', [...SOURCE, ...ENCODE, '-f', 'flv', url], { signal: over.signal, name: 'test-rtmp' });
  return { over, gone: child.exited };
}

const isLive = async (): Promise<boolean> => (await edge.call('GET', '/api/rooms/room-1')).json.live;
const viewers = async (): Promise<number> => (await edge.call('GET', '/api/rooms/room-1')).json.viewers;

/** What runs in the page; `window` is untyped there. */
const PLAY = `async ({ url, token, onlyTcp = false }) => {
  const pc = new RTCPeerConnection();
  window.pc = pc;
  const video = Object.assign(document.createElement('video'), { autoplay: true });
  document.body.append(video);
  video.srcObject = new MediaStream();
  pc.ontrack = ({ track }) => video.srcObject.addTrack(track);
  pc.addTransceiver('video', { direction: 'recvonly' });
  pc.addTransceiver('audio', { direction: 'recvonly' });
  const first = new Promise((resolve) => video.requestVideoFrameCallback((now, data) => resolve({ at: performance.now(), rtp: data.rtpTimestamp })));
  await pc.setLocalDescription();
  const from = performance.now();
  const answer = await fetch(url, { method: 'POST', body: pc.localDescription.sdp, headers: { authorization: 'Bearer ' + token, 'content-type': 'application/sdp' } });
  if (answer.status !== 201) return { status: answer.status, code: (await answer.json()).error.code };
  window.resource = answer.headers.get('location');
  window.answer = await answer.text();
  if (onlyTcp) window.answer = window.answer.split(/\\r?\\n/).filter((line) => !/^a=candidate:\\S+ \\d+ udp /i.test(line)).join('\\r\\n');
  await pc.setRemoteDescription({ type: 'answer', sdp: window.answer });
  const shown = await first;
  return { status: 201, joinMs: Math.round(shown.at - from), rtp: shown.rtp };
}`;
/** RFC 9725 section 4.3.3: a fragment with the new credentials goes, and the server's new ones come back. */
const RESTART = `async ({ url, token }) => {
  const valueOf = (sdp, name) => new RegExp('^a=' + name + ':(.*?)\\r?$', 'm').exec(sdp)[1];
  await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
  const { sdp } = pc.localDescription;
  const ufrag = valueOf(sdp, 'ice-ufrag');
  const body = ['a=group:BUNDLE 0 1', 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:0', 'a=ice-ufrag:' + ufrag, 'a=ice-pwd:' + valueOf(sdp, 'ice-pwd'), ''].join('\\r\\n');
  const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' };
  const restarted = await fetch(new URL(resource, url), { method: 'PATCH', headers, body });
  if (restarted.status !== 200) return { status: restarted.status };
  const fragment = await restarted.text();
  const anew = ['ice-ufrag', 'ice-pwd'].reduce((answer, name) => answer.replaceAll(new RegExp('^a=' + name + ':.*?(\\r?)$', 'gm'), 'a=' + name + ':' + valueOf(fragment, name) + '$1'), answer);
  await pc.setRemoteDescription({ type: 'answer', sdp: anew });
  return { status: 200, ufrag };
}`;
const STATS = `async () => {
  const all = [...(await pc.getStats()).values()];
  const of = (kind) => all.find((entry) => entry.type === 'inbound-rtp' && entry.kind === kind) ?? {};
  const transport = all.find((entry) => entry.type === 'transport') ?? {};
  const pair = all.find(({ id }) => id === transport.selectedCandidatePairId) ?? {};
  const protocol = all.find(({ id }) => id === pair.remoteCandidateId)?.protocol;
  return {
    frames: of('video').framesDecoded ?? 0, sound: of('audio').totalSamplesReceived ?? 0, energy: of('audio').totalAudioEnergy ?? 0, state: pc.connectionState,
    protocol, ufrag: transport.iceLocalUsernameFragment,
  };
}`;

async function open(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${edge.url}/healthz`);
  return page;
}

async function play(page: Page, onlyTcp = false): Promise<{ status: number; code?: string; joinMs?: number; rtp?: number }> {
  const { token } = (await edge.playback(amy)).json;
  return page.evaluate(`(${PLAY})(${JSON.stringify({ url: `${edge.url}/whep/room-1`, token, onlyTcp })})`);
}

interface Stats {
  readonly frames: number;
  readonly sound: number;
  readonly energy: number;
  readonly state: string;
  /** By which the media come. */
  readonly protocol?: string;
  readonly ufrag?: string;
}

const stats = (page: Page): Promise<Stats> => page.evaluate(`(${STATS})()`);

/** A page that plays the class and has shown so many pictures. */
async function watching(frames: number, onlyTcp = false): Promise<Page> {
  const page = await open();
  expect((await play(page, onlyTcp)).status).toBe(201);
  await until(async () => (await stats(page)).frames > frames, 20_000);
  return page;
}

const PUBLISH = `async ({ url, token, layers }) => {
  const pc = new RTCPeerConnection();
  const media = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360, frameRate: 25 }, audio: true });
  for (const track of media.getTracks()) pc.addTransceiver(track, { direction: 'sendonly', streams: [media], ...(track.kind === 'video' && layers ? { sendEncodings: layers } : {}) });
  await pc.setLocalDescription();
  const answer = await fetch(url, { method: 'POST', body: pc.localDescription.sdp, headers: { authorization: 'Bearer ' + token, 'content-type': 'application/sdp' } });
  if (answer.status === 201) await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
  return answer.status;
}`;

it('takes a browser as publisher, asks it for keyframes, and packs HLS with sound from it', { timeout: 120_000 }, async () => {
  const page = await open();
  const bearer = edge.publishKey('room-2');
  expect(await page.evaluate(`(${PUBLISH})(${JSON.stringify({ url: `${edge.url}/whip/room-2`, token: bearer })})`)).toBe(201);
  await until(async () => (await edge.call('GET', '/api/rooms/room-2', { bearer })).json.live);
  await edge.admin('PUT', 'tickets/amy/guest');
  const { token } = (await edge.playback(amy, 'room-2')).json;
  const multivariant = await until(async () => {
    const answer = await edge.call('GET', `/hls/room-2/index.m3u8?token=${token}`);
    return answer.text.includes('TYPE=AUDIO') ? answer.text : null;
  });
  expect(multivariant).toMatch(/CODECS="avc1[^"]*mp4a/);
  const media = await until(async () => {
    const answer = await edge.call('GET', `/hls/room-2/source/index.m3u8?token=${token}`);
    return (answer.text.match(/#EXTINF/g)?.length ?? 0) >= 3 ? answer.text : null;
  }, 40_000);
  for (const [, seconds] of media.matchAll(/#EXTINF:([\d.]+)/g)) expect(Number(seconds)).toBeLessThan(6);
  await page.close();
});

it('takes simulcast from a browser: each layer, whose keyframes come when they like, is a track of the ladder', { timeout: 120_000 }, async () => {
  const page = await open();
  const bearer = edge.publishKey('room-2');
  const layers = [{ rid: 'h', maxBitrate: 1_200_000 }, { rid: 'l', maxBitrate: 250_000, scaleResolutionDownBy: 2 }];
  expect(await until(async () => (await page.evaluate<number>(`(${PUBLISH})(${JSON.stringify({ url: `${edge.url}/whip/room-2`, token: bearer, layers })})`)) === 201)).toBe(true);
  await edge.admin('PUT', 'tickets/amy/guest');
  const { token } = (await edge.playback(amy, 'room-2')).json;
  const multivariant = await until(async () => {
    const { text } = await edge.call('GET', `/hls/room-2/index.m3u8?token=${token}`);
    return (text.match(/#EXT-X-STREAM-INF/g)?.length ?? 0) === 2 ? text : null;
  }, 40_000);
  expect([...multivariant.matchAll(/RESOLUTION=(\d+x\d+)/g)].map(([, size]) => size)).toEqual(['640x360', '320x180']);
  for (const layer of ['h', 'l']) {
    await until(async () => ((await edge.call('GET', `/hls/room-2/${layer}/index.m3u8?token=${token}`)).text.match(/#EXTINF/g)?.length ?? 0) >= 3, 40_000);
  }
  await page.close();
});

describe('a student in a browser', { timeout: 120_000 }, () => {
  it('sees at once and hears, though the class comes over RTMP with AAC; and is counted', async () => {
    const page = await open();
    const { status, joinMs } = await play(page);
    expect(status).toBe(201);
    console.log(`WHEP request to first frame: ${joinMs} ms`);
    await until(async () => (await stats(page)).frames > 30, 20_000);
    await until(async () => (await stats(page)).energy > 0, 20_000);
    expect(await viewers()).toBe(1);
    await page.evaluate(`fetch(resource, { method: 'DELETE' }).then((answer) => answer.status)`).then((code) => expect(code).toBe(401));
    await page.close();
    await until(async () => (await viewers()) === 0, 20_000);
  });

  it('watches by TCP where the network lets nothing else out', async () => {
    const page = await watching(30, true);
    expect((await stats(page)).protocol).toBe('tcp');
    await page.close();
  });

  it('goes on over an ICE restart, as after a change of network', async () => {
    const page = await watching(10);
    const { token } = (await edge.playback(amy)).json;
    const { status, ufrag } = await page.evaluate<{ status: number; ufrag?: string }>(`(${RESTART})(${JSON.stringify({ url: edge.url, token })})`);
    expect(status).toBe(200);
    await until(async () => (await stats(page)).ufrag === ufrag, 20_000);
    const before = (await stats(page)).frames;
    await until(async () => (await stats(page)).frames > before + 30, 20_000);
    expect((await stats(page)).state).toBe('connected');
    await page.close();
  });

  it('goes on by itself when the publisher went and came back', async () => {
    const page = await watching(10);
    encoder.over.abort();
    await encoder.gone;
    await until(async () => !(await isLive()), 10_000);
    const before = (await stats(page)).frames;
    encoder = publish();
    await until(async () => (await stats(page)).frames > before + 20, 20_000);
    expect((await stats(page)).state).toBe('connected');
    await page.close();
  });

  it('is out the moment the ticket is revoked', async () => {
    const page = await watching(5);
    await edge.admin('DELETE', 'tickets/amy/light');
    await until(async () => (await viewers()) === 0, 5_000);
    await until(() => page.evaluate(`pc.connectionState !== 'connected'`), 20_000);
    await page.close();
  });

  it('watches in three places at once and not in four', async () => {
    await until(async () => (await viewers()) === 0, 20_000);
    const { token } = (await edge.playback(amy)).json;
    const page = await open();
    const join = (): Promise<{ status: number; code?: string }> => page.evaluate(`(${PLAY})(${JSON.stringify({ url: `${edge.url}/whep/room-1`, token })})`);
    expect([(await join()).status, (await join()).status, (await join()).status]).toEqual([201, 201, 201]);
    expect(await join()).toEqual({ status: 409, code: 'too_many_viewers' });
    expect((await edge.playback(amy)).json.error.code).toBe('too_many_viewers');
    const renewed = await edge.call('POST', '/api/rooms/room-1/playback', { bearer: amy, json: { renews: token } });
    expect(renewed.status).toBe(200);
    await page.close();
  });
});

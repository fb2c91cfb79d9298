/**
 * Debian's Firefox as a student's browser. Without its OpenH264 plugin, which it fetches from the network at run time, it has no H.264 for WebRTC: the page
 * then takes LL-HLS at once. Where `LECTERN_OPENH264_PLUGIN` says where the plugin is, the same page plays by WebRTC.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ViewerPage } from './contract/operations.ts';
import { until } from './testing/edge.ts';
import { type FirefoxPage, startFirefox, type TestFirefox } from './testing/firefox.ts';
import { goOnAir, type OnAir } from './testing/on-air.ts';

let air: OnAir;
let firefox: TestFirefox;
let hasH264 = false;

beforeAll(async () => {
  // Firefox pairs no address of its own with a loopback one: the machine's own address it must be.
  air = await goOnAir({ config: { webrtc: { host: '0.0.0.0', port: 0, advertised: [] } } });
  firefox = await startFirefox();
  const page = await firefox.open('about:blank');
  hasH264 = await page.evaluate(`RTCRtpReceiver.getCapabilities('video').codecs.some(({ mimeType }) => mimeType === 'video/H264')`);
  console.log(`Firefox ${firefox.version}, H.264 for WebRTC: ${hasH264}`);
}, 180_000);
afterAll(async () => {
  await firefox[Symbol.asyncDispose]();
  await air[Symbol.asyncDispose]();
});

interface Shown {
  readonly transport: string;
  readonly webrtc: string;
  readonly state: string;
  readonly width: number;
  readonly seconds: number;
  readonly frames: number;
  /** It has sound and was allowed to play it. A headless browser has nothing to play it to: how loud it is can't be asked. */
  readonly sound: boolean;
}
const WATCHED = `(() => {
  const video = document.querySelector('video');
  if (video === null) return null;
  const { transport, webrtc, state } = video.dataset;
  const sound = (video.mozHasAudio || video.srcObject?.getAudioTracks().some((track) => !track.muted)) && !video.muted;
  return { transport, webrtc, state, sound, width: video.videoWidth, seconds: video.currentTime, frames: window.framesShown ?? 0 };
})()`;
/** Pictures that were put on the screen from now on. */
const COUNT = `(() => {
  const video = document.querySelector('video');
  window.framesShown = 0;
  const shown = () => {
    window.framesShown += 1;
    video.requestVideoFrameCallback(shown);
  };
  video.requestVideoFrameCallback(shown);
})()`;

async function watched(page: FirefoxPage, wanted: (shown: Shown) => boolean): Promise<Shown> {
  return until(async () => {
    const shown = await page.evaluate<Shown | null>(WATCHED);
    return shown !== null && wanted(shown) ? shown : null;
  }, 40_000);
}

it('signs a student in and plays picture and sound in the watch page, by the way that it is able to', { timeout: 120_000 }, async () => {
  const page = await firefox.open(air.watchUrl);
  const began = await watched(page, ({ state }) => state === 'playing');
  const way = hasH264 ? { transport: 'webrtc', webrtc: 'able' } : { transport: 'hls', webrtc: 'no-h264' };
  expect(began).toMatchObject(way);
  await page.evaluate(COUNT);
  const later = await watched(page, ({ frames, seconds }) => frames > 75 && seconds > began.seconds + 3);
  expect(later).toMatchObject({ ...way, state: 'playing', width: 640, sound: true });
  const { viewers } = (await air.edge.admin('GET', 'rooms/room-1/viewers')).json as ViewerPage;
  expect(viewers.map(({ figures }) => figures.protocol)).toContain(hasH264 ? 'whep' : 'hls');
  expect(page.console.filter((line) => line.startsWith('error'))).toEqual([]);
});

/** Asks for these kinds with the codecs that are named, and tells what came of it. */
const ASK = `async ({ url, token, kinds, without }) => {
  const pc = (window.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' }));
  for (const kind of kinds) {
    const transceiver = pc.addTransceiver(kind, { direction: 'recvonly' });
    if (kind === 'video') transceiver.setCodecPreferences(RTCRtpReceiver.getCapabilities('video').codecs.filter(({ mimeType }) => mimeType !== without));
  }
  const offer = await pc.createOffer();
  const answer = await fetch(url, { method: 'POST', body: offer.sdp, headers: { authorization: 'Bearer ' + token, 'content-type': 'application/sdp' } });
  if (answer.status !== 201) return { status: answer.status, ...(await answer.json()).error };
  await pc.setLocalDescription(offer);
  await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
  return { status: answer.status };
}`;

async function ask(page: FirefoxPage, kinds: readonly string[]): Promise<{ readonly status: number; readonly code?: string }> {
  const { token, whep } = await air.playback();
  return page.evaluate(`(${ASK})(${JSON.stringify({ url: whep, token, kinds, without: 'video/H264' })})`);
}

it('is refused in words where it offers no H.264, rather than given sound without a picture', { timeout: 60_000 }, async () => {
  const page = await firefox.open(`${air.url}/metrics`);
  expect(await ask(page, ['video', 'audio'])).toMatchObject({ status: 406, code: 'no_common_codec' });
});

it('connects by WebRTC and hears the class', { timeout: 60_000 }, async () => {
  const page = await firefox.open(`${air.url}/metrics`);
  expect(await ask(page, ['audio'])).toEqual({ status: 201 });
  const heard = `(async () => [...(await pc.getStats()).values()].find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio')?.totalAudioEnergy ?? 0)()`;
  await until(async () => (await page.evaluate<number>(heard)) > 0);
  expect(await page.evaluate('pc.connectionState')).toBe('connected');
  expect(page.console.filter((line) => line.startsWith('error'))).toEqual([]);
});

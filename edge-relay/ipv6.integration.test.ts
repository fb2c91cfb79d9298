/** An edge that listens on `::`: a student's browser over IPv6, and every address that it is told to advertise. The browser needs an IPv6 address of the machine's own. */
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EdgeConfig } from './config/config.ts';
import { until } from './testing/edge.ts';
import { goOnAir } from './testing/on-air.ts';

const FLAGS = ['--no-sandbox', '--headless=new', '--disable-quic', '--disable-background-networking', '--autoplay-policy=no-user-gesture-required'];

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
});
afterAll(() => browser.close());

const PLAY = `async ({ url, token }) => {
  const pc = (window.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' }));
  for (const kind of ['video', 'audio']) pc.addTransceiver(kind, { direction: 'recvonly' });
  const offer = await pc.createOffer();
  const answer = await fetch(url, { method: 'POST', body: offer.sdp, headers: { authorization: 'Bearer ' + token, 'content-type': 'application/sdp' } });
  const sdp = await answer.text();
  await pc.setLocalDescription(offer);
  await pc.setRemoteDescription({ type: 'answer', sdp });
  return sdp;
}`;
const FACTS = `(async () => {
  const all = [...(await pc.getStats()).values()];
  const pair = all.find(({ type, nominated }) => type === 'candidate-pair' && nominated) ?? {};
  const { address } = all.find(({ id }) => id === pair.remoteCandidateId) ?? {};
  const { framesDecoded = 0 } = all.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video') ?? {};
  const { packetsReceived: heard = 0 } = all.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio') ?? {};
  return { address, framesDecoded, heard };
})()`;

const candidatesOf = (sdp: string): string[] => [...new Set([...sdp.matchAll(/^a=candidate:\d+ 1 (\w+) \d+ (\S+) (\d+) typ host/gm)].map(([, way, address, port]) => `${way} ${address} ${port}`))];

it.each(['native', 'typescript'] as const)('plays over [::1] with picture and sound, sent by the %s pump', { timeout: 120_000 }, async (pump) => {
  const webrtc: EdgeConfig['webrtc'] = { host: '::', port: 0, advertised: [{ address: '::1' }] };
  await using air = await goOnAir({ pages: false, config: { webrtc, pump } });
  const page = await browser.newPage();
  await page.goto(`${air.url}/healthz`);
  const { token, whep } = await air.playback();
  const sdp = await page.evaluate<string>(`(${PLAY})(${JSON.stringify({ url: whep, token })})`);
  expect(candidatesOf(sdp)).toEqual([`udp ::1 ${air.edge.ports.webrtc}`]);
  const facts = await until(async () => {
    const now = await page.evaluate<{ address?: string; framesDecoded: number; heard: number }>(FACTS);
    return now.framesDecoded > 50 && now.heard > 50 ? now : null;
  });
  expect(facts.address).toMatch(/^\[?::1\]?$/);
  await page.close();
});

it('names every address that it is told to, with its port, for UDP and TCP; who can use one of them plays', { timeout: 120_000 }, async () => {
  const advertised = [{ address: '198.51.100.7', port: 4_000 }, { address: '2001:db8::7' }, { address: '127.0.0.1' }];
  await using air = await goOnAir({ pages: false, config: { webrtc: { host: '::', port: 0, advertised, iceTcp: { port: 0, advertisedPort: 4_001 } } } });
  const page = await browser.newPage();
  await page.goto(`${air.url}/healthz`);
  const { token, whep } = await air.playback();
  const candidates = candidatesOf(await page.evaluate<string>(`(${PLAY})(${JSON.stringify({ url: whep, token })})`));
  const own = air.edge.ports.webrtc;
  expect(candidates.filter((one) => one.startsWith('udp'))).toEqual(['udp 198.51.100.7 4000', `udp 2001:db8::7 ${own}`, `udp 127.0.0.1 ${own}`]);
  expect(candidates.filter((one) => one.startsWith('tcp'))).toEqual(['tcp 198.51.100.7 4001', 'tcp 2001:db8::7 4001', 'tcp 127.0.0.1 4001']);
  await until(async () => (await page.evaluate<{ framesDecoded: number }>(FACTS)).framesDecoded > 25);
  expect(await page.evaluate<{ address?: string }>(FACTS)).toMatchObject({ address: '127.0.0.1' });
  await page.close();
});

import { randomBytes } from 'node:crypto';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { OpenPump } from '#kit/webrtc/pump.ts';
import { startLossyRelay, type LossyRelay } from '#kit/webrtc/testing/lossy-relay.ts';
import type { PacketizedFrame, Peer, ReceivedFrame, WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { afterEach, describe, expect, test } from 'vitest';
import { loadAddon } from './addon.ts';
import { nativePump } from './native.ts';
import { openTwin } from './twin.ts';

const addon = loadAddon();
const kinds: [string, OpenPump][] = [['twin', openTwin], ...(addon === null ? [] : [['addon', nativePump(addon)] as [string, OpenPump]])];

const open: (WebRtcEndpoint | LossyRelay)[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

interface Watching {
  readonly server: WebRtcEndpoint;
  readonly client: WebRtcEndpoint;
  readonly sender: Peer;
  readonly viewer: Peer;
  readonly relay: LossyRelay | null;
  readonly frames: ReceivedFrame[];
}

async function watch(pump: OpenPump, transport: 'udp' | 'tcp', loss = 0): Promise<Watching> {
  const server = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [], iceTcp: { port: 0 }, pump });
  const client = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [] });
  const relay = loss === 0 ? null : await startLossyRelay(server.port, 0);
  open.push(server, client, ...(relay === null ? [] : [relay]));
  const offered = await client.offer({ direction: 'receive', rids: [], audio: true, h264ProfileLevelId: '42c01f', transport });
  const { peer: sender, answerSdp } = await server.accept(offered.offerSdp, { direction: 'send', h264ProfileLevelId: '42c01f' });
  const frames: ReceivedFrame[] = [];
  offered.peer.on('frame', (frame) => frames.push(frame));
  await offered.setAnswer(relay === null ? answerSdp : answerSdp.replaceAll(`127.0.0.1 ${server.port} typ`, `127.0.0.1 ${relay.port} typ`));
  await expect.poll(() => [sender.state, offered.peer.state]).toEqual(['connected', 'connected']);
  if (relay !== null) relay.loss = loss;
  return { server, client, sender, viewer: offered.peer, relay, frames };
}

function videoFrame(number: number, captureUs: number): PacketizedFrame {
  const keyframe = number % 25 === 0;
  const start = Buffer.from([0, 0, 0, 1]);
  const body = Buffer.concat([Buffer.from([keyframe ? 0x65 : 0x41]), Buffer.from(`frame-${number};`), randomBytes(keyframe ? 90_000 : 5_000).map((byte) => byte | 1)]);
  const sets = keyframe ? [start, Buffer.from('6742c01fda', 'hex'), start, Buffer.from('68ce3c80', 'hex')] : [];
  return { kind: 'video', captureUs, keyframe, payloads: packetizeH264(Buffer.concat([...sets, start, body]), 1180) };
}

async function send(sender: Peer, from: number, until: number): Promise<void> {
  for (let number = from; number < until; number += 1) {
    const captureUs = Date.now() * 1000;
    sender.send(videoFrame(number, captureUs));
    sender.send({ kind: 'audio', captureUs, keyframe: true, payloads: [randomBytes(120)] });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const numbersOf = (frames: readonly ReceivedFrame[]): number[] => frames.filter(({ kind }) => kind === 'video').map(({ data }) => Number(/frame-(\d+);/.exec(data.toString('latin1'))?.[1]));

describe.each(kinds)('%s', (_name, pump) => {
  test('every picture arrives through 5 % loss, asked for again', async () => {
    const { sender, relay, frames } = await watch(pump, 'udp', 0.05);
    await send(sender, 0, 75);
    // The very last packets have nothing behind them that would show their loss.
    await expect.poll(() => numbersOf(frames).length).toBeGreaterThanOrEqual(74);
    expect(numbersOf(frames)).toEqual(numbersOf(frames).toSorted((a, b) => a - b));
    expect(relay?.lost).toBeGreaterThan(10);
    expect(sender.stats().retransmitted).toBeGreaterThan(0);
    expect(sender.stats().packetsSent).toBeGreaterThan(500);
  });

  test('counts what arrives while somebody wants to know, and only then', async () => {
    const { sender, frames } = await watch(pump, 'udp');
    await send(sender, 0, 5);
    expect([sender.way, sender.probe(1_000_000, null)]).toEqual([null, false]);
    sender.watchWay(true);
    await send(sender, 5, 30);
    await expect.poll(() => sender.way?.bps ?? 0).toBeGreaterThan(0);
    expect(sender.way).toMatchObject({ limited: false, lossShare: 0 });
    // Numbers of packets that go a second time, and of probes, are followed too.
    expect(sender.probe(4_000_000, null)).toBe(true);
    await send(sender, 30, 50);
    expect(sender.way).toMatchObject({ limited: false, lossShare: 0 });
    sender.watchWay(false);
    expect(sender.way).toBeNull();
    await send(sender, 50, 60);
    await expect.poll(() => numbersOf(frames)).toHaveLength(60);
  });

  test('over TCP too, and over a restart of ICE', async () => {
    for (const transport of ['tcp', 'udp'] as const) {
      const { server, client, sender, viewer, frames } = await watch(pump, transport);
      await send(sender, 0, 10);
      await expect.poll(() => numbersOf(frames)).toHaveLength(10);
      const restart = client.restart(viewer);
      restart.setAnswer(server.acceptRestart(sender, restart.sdpFragment));
      await send(sender, 10, 20);
      await expect.poll(() => numbersOf(frames)).toHaveLength(20);
      expect(frames.filter(({ kind }) => kind === 'audio')).toHaveLength(20);
    }
  });
});

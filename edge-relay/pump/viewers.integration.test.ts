import { randomBytes } from 'node:crypto';
import { systemClock } from '#kit/media/clock.ts';
import { joinNalUnits } from '#kit/media/h264.ts';
import type { VideoPacket } from '#kit/media/packet.ts';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { OpenPump, PumpGroup } from '#kit/webrtc/pump.ts';
import { startLossyRelay, type LossyRelay } from '#kit/webrtc/testing/lossy-relay.ts';
import type { PacketizedFrame, Peer, ReceivedFrame, WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { afterEach, describe, expect, test } from 'vitest';
import { Room } from '../rooms/room.ts';
import { FanOut } from '../webrtc/fan-out.ts';
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

async function serve(pump: OpenPump): Promise<WebRtcEndpoint> {
  const server = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [], iceTcp: { port: 0 }, pump });
  open.push(server);
  return server;
}

async function watch(server: WebRtcEndpoint, transport: 'udp' | 'tcp', loss: number | null = null): Promise<Watching> {
  const client = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [] });
  const relay = loss === null ? null : await startLossyRelay(server.port, 0);
  open.push(client, ...(relay === null ? [] : [relay]));
  const offered = await client.offer({ direction: 'receive', rids: [], audio: true, h264ProfileLevelId: '42c01f', transport });
  const { peer: sender, answerSdp } = await server.accept(offered.offerSdp, { direction: 'send', h264ProfileLevelId: '42c01f' });
  const frames: ReceivedFrame[] = [];
  offered.peer.on('frame', (frame) => frames.push(frame));
  await offered.setAnswer(relay === null ? answerSdp : answerSdp.replaceAll(`127.0.0.1 ${server.port} typ`, `127.0.0.1 ${relay.port} typ`));
  await expect.poll(() => [sender.state, offered.peer.state]).toEqual(['connected', 'connected']);
  if (relay !== null) relay.loss = loss ?? 0;
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

/** As it is, with what its groups were given counted. */
function counted(pump: OpenPump): { readonly open: OpenPump; readonly frames: { together: number } } {
  const frames = { together: 0 };
  const openCounted: OpenPump = (ports) => {
    const own = pump(ports);
    const openGroup = (): PumpGroup => {
      const group = own.openGroup();
      return {
        add: (stream, variant) => group.add(stream, variant),
        remove: (stream) => group.remove(stream),
        send: (payloads, timestamp) => {
          frames.together += 1;
          group.send(payloads, timestamp);
        },
      };
    };
    return { fd: own.fd, get waitMs() { return own.waitMs; }, openGroup, openSession: (key) => own.openSession(key), stats: () => own.stats(), close: () => own.close() };
  };
  return { open: openCounted, frames };
}

const SETS = { high: '67640028acd940780227e5c044000003000400000300c83c60c658', low: '6742c01eda0280f684000003000400000300c83c58ba80' };

function picture(layer: keyof typeof SETS, number: number): VideoPacket {
  const keyframe = number % 25 === 0;
  const body = Buffer.concat([Buffer.from([keyframe ? 0x65 : 0x41]), Buffer.from(`${layer === 'high' ? 'frame' : 'small'}-${number};`), randomBytes(keyframe ? 6_000 : 1_500).map((byte) => byte | 1)]);
  const sets = keyframe ? [Buffer.from(SETS[layer], 'hex'), Buffer.from('68ce3c80', 'hex')] : [];
  return { kind: 'video', codec: 'h264', layer, captureUs: Date.now() * 1000, durationUs: 20_000, keyframe, data: joinNalUnits([...sets, body]) };
}

const numbersOf = (frames: readonly ReceivedFrame[]): number[] => frames.filter(({ kind }) => kind === 'video').map(({ data }) => Number(/(?:frame|small)-(\d+);/.exec(data.toString('latin1'))?.[1]));

describe.each(kinds)('%s', (_name, pump) => {
  test('every picture arrives through 5 % loss, asked for again', async () => {
    const { sender, relay, frames } = await watch(await serve(pump), 'udp', 0.05);
    await send(sender, 0, 75);
    // The very last packets have nothing behind them that would show their loss.
    await expect.poll(() => numbersOf(frames).length).toBeGreaterThanOrEqual(74);
    expect(numbersOf(frames)).toEqual(numbersOf(frames).toSorted((a, b) => a - b));
    expect(relay?.lost).toBeGreaterThan(10);
    expect(sender.stats().retransmitted).toBeGreaterThan(0);
    expect(sender.stats().packetsSent).toBeGreaterThan(500);
  });

  test('counts what arrives while somebody wants to know, and only then', async () => {
    const { sender, frames } = await watch(await serve(pump), 'udp');
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

  test('a class: each gets each picture once and in order, whoever comes, goes, is repaired, counted, or moves to another layer, and what is told of it is what it got', async () => {
    const { open: openPump, frames: groups } = counted(pump);
    const server = await serve(openPump);
    const room = new Room('room-1', systemClock());
    const fanOut = new FanOut(room, Date.now, (kind) => server.openCohort(kind));
    room.attach(fanOut);
    const publish = () => room.publish({ protocol: 'whip', owner: 'box', rank: 0, requestKeyframe: () => undefined, dismiss: () => undefined });
    const come = async (transport: 'udp' | 'tcp', loss: number | null = null, layer: string | null = null): Promise<Watching> => {
      const watching = await watch(server, transport, loss);
      fanOut.add(watching.sender, { account: 'amy', layer });
      return watching;
    };
    const [plain, tcp, lossy, leaves, small] = await Promise.all([come('udp'), come('tcp'), come('udp', 0), come('udp'), come('udp', null, 'low')]);
    let publication = publish();
    const play = async (from: number, until: number, layers: readonly (keyof typeof SETS)[] = ['high', 'low']): Promise<void> => {
      for (let number = from; number < until; number += 1) {
        for (const layer of layers) publication.write(picture(layer, number));
        publication.write({ kind: 'audio', codec: 'opus', captureUs: Date.now() * 1000, durationUs: 20_000, channels: 1, data: randomBytes(120) });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await play(0, 130);
    expect(groups.together).toBeGreaterThan(20);
    if (lossy.relay !== null) lossy.relay.loss = 0.05;
    await play(130, 150);
    leaves.sender.close();
    const late = await come('udp');
    plain.sender.watchWay(true);
    await play(150, 175);
    plain.sender.watchWay(false);
    await play(175, 190);
    publication.end();
    publication = publish();
    await play(200, 230);
    await play(230, 275, ['high']);
    const everything = [...Array.from({ length: 190 }, (_each, at) => at), ...Array.from({ length: 75 }, (_each, at) => 200 + at)];
    for (const { frames } of [plain, tcp]) await expect.poll(() => numbersOf(frames)).toEqual(everything);
    // The very last packets have nothing behind them that would show their loss.
    await expect.poll(() => numbersOf(lossy.frames).length).toBeGreaterThanOrEqual(everything.length - 1);
    expect(numbersOf(lossy.frames)).toEqual(everything.slice(0, numbersOf(lossy.frames).length));
    await expect.poll(() => numbersOf(late.frames)).toEqual(everything.filter((number) => number >= 125));
    expect(numbersOf(small.frames).at(-1)).toBe(274);
    expect(lossy.sender.stats().retransmitted).toBeGreaterThan(0);
    for (const { sender, viewer } of [plain, tcp, late, small]) {
      await expect.poll(() => viewer.stats().packetsReceived).toBe(sender.stats().packetsSent);
      expect(sender.stats().framesLeftOut).toBe(0);
    }
    for (const { frames } of [plain, tcp, small]) expect(frames.filter(({ kind }) => kind === 'audio')).toHaveLength(265);
  }, 60_000);

  test('what a publisher sends too much of is lost alone; a keyframe of 2 MB is not too much', async () => {
    const server = await serve(pump);
    const room = new Room('room-1', systemClock());
    const fanOut = new FanOut(room, Date.now, (kind) => server.openCohort(kind));
    room.attach(fanOut);
    const watching = await Promise.all([watch(server, 'udp'), watch(server, 'tcp')]);
    for (const { sender } of watching) fanOut.add(sender, { account: 'amy', layer: null });
    const publication = room.publish({ protocol: 'rtmp', owner: 'box', rank: 0, requestKeyframe: () => undefined, dismiss: () => undefined });
    const play = async (from: number, until: number): Promise<void> => {
      for (let number = from; number < until; number += 1) {
        publication.write(picture('low', number));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await play(0, 5);
    // As one message of RTMP holds them.
    publication.write({ ...picture('low', 1), data: joinNalUnits(Array.from({ length: 5_000 }, () => Buffer.from([0x41]))) });
    publication.write({ kind: 'audio', codec: 'opus', captureUs: Date.now() * 1000, durationUs: 20_000, channels: 1, data: randomBytes(1_444) });
    await play(5, 25);
    const large = Buffer.concat([Buffer.from([0x65]), Buffer.from('frame-25;'), randomBytes(2_000_000).map((byte) => byte | 1)]);
    publication.write({ ...picture('low', 25), data: joinNalUnits([Buffer.from(SETS.low, 'hex'), Buffer.from('68ce3c80', 'hex'), large]) });
    for (const { frames } of watching) await expect.poll(() => numbersOf(frames), { timeout: 10_000 }).toEqual(Array.from({ length: 26 }, (_each, at) => at));
    for (const { frames } of watching) expect(frames.filter(({ kind }) => kind === 'audio')).toEqual([]);
  }, 30_000);

  test('over TCP too, and over a restart of ICE', async () => {
    for (const transport of ['tcp', 'udp'] as const) {
      const { server, client, sender, viewer, frames } = await watch(await serve(pump), transport);
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

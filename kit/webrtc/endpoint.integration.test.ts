import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import { openWebRtc } from './endpoint.ts';
import { startLossyRelay, type LossyRelay } from './testing/lossy-relay.ts';
import type { PacketizedFrame, Peer, ReceivedFrame, WebRtcEndpoint } from './types.ts';

const open: (WebRtcEndpoint | LossyRelay)[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function endpoint(advertised: { address: string; port?: number }[] = []): Promise<WebRtcEndpoint> {
  const made = await openWebRtc({ host: '127.0.0.1', port: 0, advertised });
  open.push(made);
  return made;
}

async function until(condition: () => boolean, what: string, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** An access unit with parameter sets where it is a keyframe, and a body that names its number. */
function accessUnit(number: number, keyframe: boolean): Buffer {
  const start = Buffer.from([0, 0, 0, 1]);
  const body = Buffer.concat([Buffer.from([keyframe ? 0x65 : 0x41]), Buffer.from(`frame-${number};`), randomBytes(keyframe ? 9000 : 2500).map((byte) => byte | 1)]);
  const sets = keyframe ? [start, Buffer.from('6742c01fda', 'hex'), start, Buffer.from('68ce3c80', 'hex')] : [];
  return Buffer.concat([...sets, start, body]);
}

function videoFrame(number: number, captureUs: number): PacketizedFrame {
  const keyframe = number % 25 === 0;
  return { kind: 'video', captureUs, keyframe, payloads: packetizeH264(accessUnit(number, keyframe), 1180) };
}

async function connectPair(loss: number): Promise<{ sender: Peer; receiver: Peer; relay: LossyRelay }> {
  const server = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [] });
  const relay = await startLossyRelay(server.port, 0);
  open.push(server, relay);
  const client = await endpoint();
  const offered = await client.offer({ rids: ['720p', '360p'], audio: true, h264ProfileLevelId: '42c01f' });
  const { peer: receiver, answerSdp } = await server.accept(offered.offerSdp, { direction: 'receive' });
  await offered.setAnswer(answerSdp.replaceAll(`127.0.0.1 ${server.port} typ`, `127.0.0.1 ${relay.port} typ`));
  const sender = offered.peer;
  await until(() => sender.state === 'connected' && receiver.state === 'connected', 'connected');
  relay.loss = loss;
  return { sender, receiver, relay };
}

test('every frame of two layers and the sound arrives through 5 % loss, with its capture time', async () => {
  const { sender, receiver, relay } = await connectPair(0.05);
  const frames: ReceivedFrame[] = [];
  receiver.on('frame', (frame) => frames.push(frame));
  const total = 75;
  const captured = new Map<number, number>();
  for (let number = 0; number < total; number += 1) {
    const captureUs = Date.now() * 1000;
    captured.set(number, captureUs);
    sender.send(videoFrame(number, captureUs), '720p');
    sender.send(videoFrame(number, captureUs), '360p');
    for (const half of [0, 20_000]) sender.send({ kind: 'audio', captureUs: captureUs + half, keyframe: true, payloads: [randomBytes(120)] });
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  const count = (rid: string): number => frames.filter((frame) => frame.rid === rid).length;
  // The very last packets have nothing behind them that would show their loss.
  await until(() => count('720p') >= total - 1 && count('360p') >= total - 1, `frames, have ${count('720p')} and ${count('360p')}`, 3000);
  expect(relay.lost).toBeGreaterThan(20);
  expect(frames.filter(({ kind }) => kind === 'audio').length).toBeGreaterThan(total * 2 * 0.97);
  const numbers = frames.filter(({ rid }) => rid === '720p').map(({ data }) => Number(/frame-(\d+);/.exec(data.toString('latin1'))?.[1]));
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  for (const frame of frames.filter(({ rid }) => rid === '720p')) {
    const number = Number(/frame-(\d+);/.exec(frame.data.toString('latin1'))?.[1]);
    expect(Math.abs(frame.captureUs - (captured.get(number) ?? 0))).toBeLessThan(100);
    expect(frame.keyframe).toBe(number % 25 === 0);
  }
  expect(sender.stats().retransmitted).toBeGreaterThan(0);
  expect(sender.stats().roundTripMs).not.toBeNull();
});

test('a keyframe request reaches the sender of the layer, once in half a second', async () => {
  const { sender, receiver } = await connectPair(0);
  const requested: (string | null)[] = [];
  sender.on('keyframe-requested', (rid) => requested.push(rid));
  sender.send(videoFrame(0, Date.now() * 1000), '360p');
  await until(() => receiver.stats().packetsReceived > 0, 'packets');
  receiver.requestKeyframe('360p');
  receiver.requestKeyframe('360p');
  await until(() => requested.length > 0, 'the request');
  expect(requested).toEqual(['360p']);
});

test('closing says goodbye to the far end at once', async () => {
  const { sender, receiver } = await connectPair(0);
  const reasons: string[] = [];
  receiver.on('closed', (reason) => reasons.push(reason));
  sender.close();
  sender.close();
  await until(() => receiver.state === 'closed', 'the goodbye', 2000);
  expect(reasons).toEqual(['the far end closed the connection']);
});

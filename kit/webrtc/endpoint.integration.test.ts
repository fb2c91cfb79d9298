import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import { kindOf } from './demultiplex.ts';
import { openWebRtc } from './endpoint.ts';
import { parseRestart } from './sdp/description.ts';
import { answerCheck, buildCheck, type IceCredentials } from './stun/check.ts';
import { parseStun, STUN } from './stun/message.ts';
import { startLossyRelay, type LossyRelay } from './testing/lossy-relay.ts';
import type { PacketizedFrame, Peer, ReceivedFrame, WebRtcEndpoint } from './types.ts';
import { type BindUdp, bindUdp } from './udp-socket.ts';

const open: { close(): Promise<unknown> }[] = [];
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

async function connectOver(transport: 'udp' | 'tcp'): Promise<{ server: WebRtcEndpoint; client: WebRtcEndpoint; sender: Peer; receiver: Peer; frames: ReceivedFrame[] }> {
  const server = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [], iceTcp: { port: 0 } });
  open.push(server);
  const client = await endpoint();
  const offered = await client.offer({ rids: [], audio: true, h264ProfileLevelId: '42c01f', transport });
  const { peer: receiver, answerSdp } = await server.accept(offered.offerSdp, { direction: 'receive' });
  const frames: ReceivedFrame[] = [];
  receiver.on('frame', (frame) => frames.push(frame));
  await offered.setAnswer(answerSdp);
  await until(() => offered.peer.state === 'connected' && receiver.state === 'connected', 'connected');
  return { server, client, sender: offered.peer, receiver, frames };
}

async function sendFrames(sender: Peer, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number += 1) {
    sender.send(videoFrame(number, Date.now() * 1000));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('everything goes over a TCP connection where UDP is not wanted, and ends with it', async () => {
  const { server, sender, receiver, frames } = await connectOver('tcp');
  await sendFrames(sender, 0, 60);
  await until(() => frames.length === 60, 'every frame');
  expect(sender.stats().packetsLost).toBe(0);
  const reasons: string[] = [];
  sender.on('closed', (reason) => reasons.push(reason));
  receiver.close();
  await until(() => sender.state === 'closed', 'the end', 3000);
  await server.close();
  expect(reasons).toHaveLength(1);
});

test('a listener for connections lets nobody stay who has nothing to prove', async () => {
  const { server } = await connectOver('tcp');
  const socket = connect({ port: server.tcpPort, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await once(socket, 'close');
});

test('a restart of ICE takes new credentials while media goes on, more than once', async () => {
  for (const transport of ['udp', 'tcp'] as const) {
    const { server, client, sender, receiver, frames } = await connectOver(transport);
    for (let round = 0; round < 3; round += 1) {
      const restart = client.restart(sender);
      restart.setAnswer(server.acceptRestart(receiver, restart.sdpFragment));
      await sendFrames(sender, round * 25, round * 25 + 25);
      await until(() => frames.length === round * 25 + 25, `frames of round ${round} over ${transport}`);
    }
    const heard = sender.heardAtMs;
    await until(() => sender.heardAtMs > heard, 'an answer on the new path', 6000);
    expect(() => server.acceptRestart(receiver, 'a=ice-ufrag:abcd\r\n')).toThrow('ice-pwd');
  }
});

test('the answer to a restart names the section that the far end gave the transport to', async () => {
  const [server, client] = [await endpoint(), await endpoint()];
  const { offerSdp } = await client.offer({ rids: [], audio: true, h264ProfileLevelId: '42c01f' });
  const named = offerSdp.replace('a=group:BUNDLE 0 1', 'a=group:BUNDLE video0 audio').replace('a=mid:0', 'a=mid:video0').replace('a=mid:1', 'a=mid:audio');
  const { peer, answerSdp } = await server.accept(named, { direction: 'receive' });
  expect(answerSdp).toContain('a=group:BUNDLE video0 audio');
  const restarted = server.acceptRestart(peer, 'a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n');
  expect(restarted).toMatch(/m=video .*\r\na=mid:video0\r\na=candidate:/);
});

/** A socket that nobody knows, and what it is sent. */
async function stranger(): Promise<{ socket: Socket; got: Buffer[] }> {
  const socket = createSocket('udp4');
  const got: Buffer[] = [];
  socket.on('message', (datagram) => got.push(datagram));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  open.push({ close: async () => socket.close() });
  return { socket, got };
}

test('a restart of ICE turns no stream on an address that has not answered', async () => {
  const { server, client, sender, receiver } = await connectOver('udp');
  const own = parseRestart(client.restart(sender).sdpFragment);
  const given = parseRestart(server.acceptRestart(receiver, `a=ice-ufrag:${own.iceUfrag}\r\na=ice-pwd:${own.icePassword}\r\n`));
  const ice: IceCredentials = { localUfrag: own.iceUfrag, localPassword: own.icePassword, remoteUfrag: given.iceUfrag, remotePassword: given.icePassword };
  const { socket, got } = await stranger();
  const check = buildCheck({ transactionId: randomBytes(12), ice, role: 'controlling', tieBreaker: 1n, nominate: true });
  socket.send(check, server.port, '127.0.0.1');
  await sendFrames(sender, 0, 60);
  expect(got.map(kindOf)).toEqual(['stun', 'stun']);
  const challenge = got.map((datagram) => parseStun(datagram)).find((message) => message?.type === STUN.bindingRequest);
  const answered = challenge ? answerCheck(challenge, { address: '127.0.0.1', port: server.port }, ice) : null;
  socket.send(answered?.reply ?? '', server.port, '127.0.0.1');
  await sendFrames(sender, 60, 120);
  await until(() => got.some((datagram) => kindOf(datagram) === 'rtcp'), 'reports at the new address');
});

/** The system's socket until the machine is killed: then not even a goodbye gets out. */
function killable(): { bind: BindUdp; kill: () => void; sent: () => number } {
  let killed = false;
  let sent = 0;
  const bind: BindUdp = async (...where) => {
    const socket = await bindUdp(...where);
    const send: typeof socket.send = (datagram, to) => {
      sent += 1;
      if (!killed) socket.send(datagram, to);
    };
    return { port: socket.port, send, close: () => socket.close() };
  };
  return { bind, kill: () => (killed = true), sent: () => sent };
}

test('the address of a far end that was heard just now passes to whoever replaces it, and to nobody else', async () => {
  const server = await endpoint();
  const connectFrom = async (port: number, replaces?: Peer): Promise<{ client: WebRtcEndpoint; kill: () => void; sent: () => number; peer: Peer }> => {
    const { bind, kill, sent } = killable();
    const client = await openWebRtc({ host: '127.0.0.1', port, advertised: [], bind });
    open.push(client);
    const offered = await client.offer({ rids: [], audio: true, h264ProfileLevelId: '42c01f' });
    const { peer, answerSdp } = await server.accept(offered.offerSdp, { direction: 'receive', ...(replaces === undefined ? {} : { replaces }) });
    await offered.setAnswer(answerSdp);
    return { client, kill, sent, peer };
  };
  const first = await connectFrom(0);
  await until(() => first.peer.state === 'connected', 'connected');
  const { port } = first.client;
  first.kill();
  await first.client.close();
  const another = await connectFrom(port);
  await until(() => another.sent() >= 5, 'checks that nobody answers');
  expect(another.peer.state).toBe('connecting');
  await another.client.close();
  const same = await connectFrom(port, first.peer);
  await until(() => same.peer.state === 'connected', 'connected again', 3000);
});

test('an offer that would have this side begin the DTLS handshake is refused', async () => {
  const { offerSdp } = await (await endpoint()).offer({ direction: 'receive', rids: [], audio: true, h264ProfileLevelId: '42e01f' });
  const passive = offerSdp.replaceAll('a=setup:actpass', 'a=setup:passive');
  await expect((await endpoint()).accept(passive, { direction: 'send' })).rejects.toMatchObject({ code: 'bad_sdp', message: expect.stringContaining('actpass') });
});

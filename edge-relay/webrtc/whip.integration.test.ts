import type { FastifyRequest } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '#kit/media/clock.ts';
import { createLog } from '#kit/process/log.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { Peer, WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { bindUdp, type BindUdp } from '#kit/webrtc/udp-socket.ts';
import { RoomBus } from '../rooms/room-bus.ts';
import type { Endpoint } from './protocol.ts';
import { Resources } from './resources.ts';
import { whipEndpoint } from './whip.ts';

const log = createLog('test');
log.level = 'silent';
/** The uplink gives up an attempt after as long. */
const ATTEMPT_MS = 3_000;

const open: WebRtcEndpoint[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function opened(port = 0, bind: BindUdp = bindUdp): Promise<WebRtcEndpoint> {
  const made = await openWebRtc({ host: '127.0.0.1', port, advertised: [], bind });
  open.push(made);
  return made;
}

/** A box with one UDP port. What is killed says no goodbye. */
async function box(whip: Endpoint, port: number): Promise<{ port: number; peer: Peer; kill(): Promise<void> }> {
  let killed = false;
  const endpoint = await opened(port, async (...where) => {
    const socket = await bindUdp(...where);
    return { port: socket.port, send: (datagram, to) => (killed ? undefined : socket.send(datagram, to)), close: () => socket.close() };
  });
  const offer = await endpoint.offer({ rids: [], audio: true, h264ProfileLevelId: '42c01f' });
  const request = { principal: { kind: 'publisher', owner: 'box-1', room: 'room-1', rank: 0 } } as FastifyRequest<{ Params: { room: string } }>;
  await offer.setAnswer((await whip.answer(request, offer.offerSdp, new AbortController().signal)).answerSdp);
  const kill = async (): Promise<void> => {
    killed = true;
    await endpoint.close();
  };
  return { port: endpoint.port, peer: offer.peer, kill };
}

it('lets a box that was killed come back from its own address at once, again and again', async () => {
  const webrtc = await opened();
  const bus = new RoomBus(systemClock(), () => undefined);
  const whip = whipEndpoint({ webrtc, bus, admit: () => undefined, resources: new Resources(), iceServers: () => null, log });
  let present = await box(whip, 0);
  await expect.poll(() => bus.find('room-1')?.owner, { timeout: ATTEMPT_MS }).toBe('box-1');
  for (let round = 0; round < 2; round += 1) {
    await present.kill();
    present = await box(whip, present.port);
    await expect.poll(() => present.peer.state, { timeout: ATTEMPT_MS }).toBe('connected');
    await expect.poll(() => webrtc.peers().length).toBe(1);
  }
  expect(bus.find('room-1')?.owner).toBe('box-1');
});

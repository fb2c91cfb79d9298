import { manualClock } from '#kit/media/clock.ts';
import type { AudioPacket, MediaPacket, VideoPacket } from '#kit/media/packet.ts';
import { createLog } from '#kit/process/log.ts';
import type { PacketizedFrame, Peer, WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PacketBus } from '../bus/packet-bus.ts';
import { Uplink } from './uplink.ts';
import { uplinkWays } from './ways.ts';

const log = createLog('test');
log.level = 'silent';
const target = { whip: 'http://edge.test/whip/room-301', rtmp: '', api: '', token: 'key' };

beforeEach(() => void vi.stubGlobal('fetch', () => Promise.resolve(new Response('v=0', { status: 201, headers: { location: '/whip/room-301/1' } }))));
afterEach(() => void vi.unstubAllGlobals());

const video = (captureUs: number, keyframe = false): VideoPacket => ({
  kind: 'video', codec: 'h264', layer: '720p', captureUs, durationUs: 40_000, keyframe, data: Buffer.from([0, 0, 0, 1, keyframe ? 0x65 : 0x41, 1]),
});
const audio = (captureUs: number): AudioPacket => ({ kind: 'audio', codec: 'opus', captureUs, durationUs: 20_000, channels: 2, data: Buffer.alloc(2) });

/** An uplink whose peers connect as soon as they have an answer; what each of them was given to send. */
function box() {
  const sent: number[][] = [];
  const offer: WebRtcEndpoint['offer'] = () => {
    const frames: number[] = [];
    sent.push(frames);
    let connected = (): void => undefined;
    const peer = {
      state: 'connected', heardAtMs: 0, way: null,
      on: (event: string, listener: () => void) => event === 'connected' && (connected = listener),
      send: ({ captureUs }: PacketizedFrame) => void frames.push(captureUs),
      forget: () => undefined,
      close: () => undefined,
    };
    return Promise.resolve({ peer: peer as unknown as Peer, offerSdp: 'v=0', setAnswer: () => Promise.resolve(connected()) });
  };
  const bus = new PacketBus(log);
  const clock = manualClock(1_790_000_000_000);
  const webrtc = { offer } as unknown as WebRtcEndpoint;
  const uplink = new Uplink({ open: uplinkWays({ webrtc, bus, rids: ['720p'], clock }), target: () => target, clock, log });
  const publish = (...packets: readonly MediaPacket[]): void => packets.forEach((packet) => bus.publish(packet));
  const sentBy = (connection: number): Promise<number[]> => vi.waitUntil(() => sent[connection]);
  return { uplink, bus, publish, sentBy };
}

it('sends nothing of what was said and shown while sending was stopped', async () => {
  const { uplink, publish, sentBy } = box();
  uplink.begin();
  await uplink.end({ classOver: false });
  publish(video(0, true), audio(10), video(40));
  uplink.begin();
  publish(audio(50), video(80));
  const frames = await sentBy(1);
  await vi.waitFor(() => expect(frames).toEqual([50]));
  publish(video(120), audio(130), video(160, true), video(200));
  expect(frames).toEqual([50, 130, 160, 200]);
  await uplink.end();
});

it('begins another connection of a class with all since the last keyframe', async () => {
  const { uplink, publish, sentBy } = box();
  uplink.begin();
  publish(video(0, true), audio(10), video(40));
  const first = await sentBy(0);
  await vi.waitFor(() => expect(first).toEqual([0, 10, 40]));
  uplink.unseen();
  const second = await sentBy(1);
  await vi.waitFor(() => expect(second).toEqual([0, 10, 40]));
  await uplink.end();
});

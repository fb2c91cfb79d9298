import { afterEach, expect, it } from 'vitest';
import { GopCache } from '../bus/gop-cache.ts';
import type { VideoPacket } from '#kit/media/packet.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { AcceptOptions, PacketizedFrame, Peer, WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { Preview } from './preview.ts';

const SPS = Buffer.from('0000000167 42c01f d9005005bb016a02020280'.replaceAll(' ', ''), 'hex');
const KEY = Buffer.concat([SPS, Buffer.from('0000000168cb83cb20', 'hex'), Buffer.from('0000000165888400', 'hex')]);

function frame(captureUs: number, keyframe = false, layer = '720p'): VideoPacket {
  return { kind: 'video', codec: 'h264', layer, captureUs, durationUs: 40_000, keyframe, data: keyframe ? KEY : Buffer.from('00000001419a24', 'hex') };
}

/** An endpoint whose peers the test drives: the real one is tested in kit/webrtc. */
function fakeEndpoint(): { webrtc: WebRtcEndpoint; sent: PacketizedFrame[][]; fire: (event: string) => void; offered: AcceptOptions[] } {
  const sent: PacketizedFrame[][] = [];
  const offered: AcceptOptions[] = [];
  const listeners = new Map<string, (() => void)[]>();
  const accept: WebRtcEndpoint['accept'] = (_offer, options) => {
    const frames: PacketizedFrame[] = [];
    sent.push(frames);
    offered.push(options);
    const on = (event: string, listener: () => void): (() => void) => {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
      return () => undefined;
    };
    // Closing tells the listeners before it returns, as the real one does.
    const peer = { id: `peer-${sent.length}`, state: 'connected', on, send: (one: PacketizedFrame) => void frames.push(one), close: () => fire('closed') };
    return Promise.resolve({ peer: peer as unknown as Peer, answerSdp: 'v=0' });
  };
  const fire = (event: string): void => listeners.get(event)?.forEach((listener) => listener());
  return { webrtc: { accept } as unknown as WebRtcEndpoint, sent, offered, fire };
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

it('begins a viewer with the last keyframe, then goes on live in the chosen layer and Opus', async () => {
  const cache = new GopCache();
  const { webrtc, sent, fire, offered } = fakeEndpoint();
  const preview = new Preview({ webrtc, cache, layer: '720p' });
  for (const packet of [frame(0, true), frame(40_000)]) {
    cache.add(packet);
    preview.write(packet);
  }
  const { id, answerSdp } = await preview.accept('v=0');
  expect([id, answerSdp, offered[0]?.h264ProfileLevelId]).toEqual(['peer-1', 'v=0', '42c01f']);
  fire('connected');
  preview.write(frame(80_000));
  preview.write(frame(80_000, true, '360p'));
  preview.write({ kind: 'audio', codec: 'aac', captureUs: 80_000, durationUs: 21_333, channels: 2, data: Buffer.alloc(2) });
  preview.write({ kind: 'audio', codec: 'opus', captureUs: 80_000, durationUs: 20_000, channels: 2, data: Buffer.alloc(2) });
  expect(sent[0]?.map(({ kind, captureUs, keyframe }) => [kind, captureUs, keyframe])).toEqual([
    ['video', 0, true], ['video', 40_000, false], ['video', 80_000, false], ['audio', 80_000, true],
  ]);
  expect(preview.close(id)).toBe(true);
  expect(preview.close(id)).toBe(false);
});

it('refuses what it cannot show, in words', async () => {
  const cache = new GopCache();
  const preview = new Preview({ webrtc: fakeEndpoint().webrtc, cache, layer: '720p' });
  await expect(preview.accept('v=0')).rejects.toMatchObject({ code: 'no_picture', status: 503 });
  cache.add(frame(0, true));
  await expect(preview.accept('v=0', { source: 'camera' })).rejects.toMatchObject({ code: 'no_source_preview', status: 404 });
  for (let viewer = 0; viewer < 8; viewer += 1) await preview.accept('v=0');
  await expect(preview.accept('v=0')).rejects.toMatchObject({ code: 'too_many_viewers', status: 503 });
});

it('passes on what the endpoint says of an offer that is none', async () => {
  const webrtc = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [] });
  closers.push(() => webrtc.close());
  const cache = new GopCache();
  cache.add(frame(0, true));
  const preview = new Preview({ webrtc, cache, layer: '720p' });
  await expect(preview.accept('not an offer')).rejects.toMatchObject({ code: 'bad_sdp', status: 400 });
  expect(preview.viewers).toBe(0);
});
